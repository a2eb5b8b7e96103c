import { outputBurndownOf } from './output-burndown.js';

describe(outputBurndownOf.name, () => {
  it.each<[string, number]>([
    ['anthropic.claude-3-7-sonnet-20250219-v1:0', 5],
    ['anthropic.claude-opus-4-20250514-v1:0', 5],
    ['anthropic.claude-sonnet-4-6', 5],
    ['anthropic.claude-opus-4-7', 5],
    ['anthropic.claude-opus-4-8', 15],
    ['anthropic.claude-sonnet-5', 10],
    ['anthropic.claude-sonnet-5-5', 1],
    ['anthropic.claude-fable-5-1', 10],
    ['anthropic.claude-fable-5', 1],
    ['openai.gpt-5.6-sol', 10],
    ['openai.gpt-5.5', 1],
    ['anthropic.claude-3-haiku-20240307-v1:0', 1],
    ['amazon.nova-lite-v1:0', 1],
  ])('%s: %d', (baseId, burndown) => {
    expect(outputBurndownOf(baseId)).toBe(burndown);
  });
});
