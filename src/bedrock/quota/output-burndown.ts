/**
 * How many tokens of the quota one token of output takes, by base model; all others take one.
 * Source: https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html
 */
const BURNDOWN: readonly (readonly [RegExp, number])[] = [
  [/^anthropic\.claude-opus-4-8\b/, 15],
  [/^anthropic\.claude-(?:sonnet-5|opus-5|fable-5-1)(?!-\d\b|\d)/, 10],
  [/^openai\.gpt-5[.-]6-(?:sol|terra|luna)\b/, 10],
  [/^anthropic\.claude-(?:3-7-|(?:haiku|opus|sonnet)-4-)/, 5],
];

export function outputBurndownOf(baseId: string): number {
  return BURNDOWN.find(([ids]) => ids.test(baseId))?.[1] ?? 1;
}
