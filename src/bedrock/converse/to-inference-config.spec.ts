import { BARE_CONTEXT, prepareRequest } from '../../../test/support/prepare-request.js';
import { toInferenceConfig } from './to-inference-config.js';

const HAIKU_3 = 'anthropic.claude-3-haiku-20240307-v1:0';
const SONNET_45 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const OPUS_48 = 'us.anthropic.claude-opus-4-8';
const LLAMA = 'us.meta.llama3-3-70b-instruct-v1:0';

function prepare(model: string, fields: object, context = BARE_CONTEXT) {
  return prepareRequest(model, { messages: [{ role: 'user', content: 'hi' }], ...fields }, context);
}

describe(toInferenceConfig.name, () => {
  it.each<[string, string, object, object | undefined]>([
    ['nothing', LLAMA, {}, undefined],
    ['nulls', LLAMA, { max_tokens: null, temperature: null, top_p: null, stop: null }, undefined],
    ['max_tokens', LLAMA, { max_tokens: 10 }, { maxTokens: 10 }],
    [
      'max_completion_tokens before max_tokens',
      LLAMA,
      { max_tokens: 10, max_completion_tokens: 20 },
      { maxTokens: 20 },
    ],
    ['temperature 0', LLAMA, { temperature: 0 }, { temperature: 0 }],
    ['a temperature that Converse does not take', LLAMA, { temperature: 1.8 }, { temperature: 1 }],
    ['both where both pass', HAIKU_3, { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, topP: 0.9 }],
    ['temperature alone where only one passes', SONNET_45, { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5 }],
    ['top_p alone', SONNET_45, { top_p: 0.9 }, { topP: 0.9 }],
    ['no sampling where none passes', OPUS_48, { temperature: 0.5, top_p: 0.9, max_tokens: 9 }, { maxTokens: 9 }],
    ['stop as text', LLAMA, { stop: 'X' }, { stopSequences: ['X'] }],
    ['stop as list', LLAMA, { stop: ['X', '', 'Y'] }, { stopSequences: ['X', 'Y'] }],
    ['empty stops', LLAMA, { stop: [''] }, undefined],
    ['an empty list of stops', LLAMA, { stop: [] }, undefined],
    ['a line break as stop', LLAMA, { stop: '\n' }, { stopSequences: ['\n'] }],
    ['no blank stop on Claude', SONNET_45, { stop: ['\n\n', 'END'] }, { stopSequences: ['END'] }],
  ])('maps %s', (_name, model, fields, expected) => {
    expect(prepare(model, fields).input.inferenceConfig).toEqual(expected);
  });

  it.each<[string, string, object, string[]]>([
    ['a clamped temperature', LLAMA, { temperature: 1.8 }, ['temperature']],
    ['dropped sampling', OPUS_48, { temperature: 0.5, top_p: 0.9, top_k: 5 }, ['top_k', 'temperature', 'top_p']],
    ['a stop that Claude refuses', SONNET_45, { stop: '\n' }, ['stop']],
    ['nothing when all went through', HAIKU_3, { temperature: 0.5, top_p: 0.9, stop: 'X' }, []],
  ])('tells of %s', (_name, model, fields, adapted) => {
    expect(prepare(model, fields).adapted).toEqual(adapted);
  });

  it.each([
    'openai.gpt-oss-120b-1:0',
    'us.openai.gpt-6-sol',
    'qwen.qwen3-32b-v1:0',
    'zai.glm-5',
    'deepseek.v3.2',
    'mistral.mistral-large-3-675b-instruct',
    'moonshotai.kimi-k2.5',
    'google.gemma-3-27b-it',
  ])('leaves stop to the gateway for %s, which Bedrock would refuse', (model) => {
    const { input, answer, adapted } = prepare(model, { stop: ['X', '', 'Y'] });
    expect(input.inferenceConfig).toBeUndefined();
    expect(answer).toEqual({ stopSequences: ['X', 'Y'] });
    expect(adapted).toEqual(['stop']);
    expect(prepare(model, { stop: [''] })).toMatchObject({ answer: {}, adapted: [] });
  });

  it('leaves only the stops that a model refuses to the gateway', () => {
    expect(prepare(SONNET_45, { stop: ['\n\n', 'END'] }).answer).toEqual({ stopSequences: ['\n\n'] });
  });

  it('puts the default limit where the client sets none', () => {
    const context = { ...BARE_CONTEXT, defaultMaxTokens: 4096 };
    expect(prepare(LLAMA, {}, context).input.inferenceConfig).toEqual({ maxTokens: 4096 });
    expect(prepare(LLAMA, { max_tokens: 5 }, context).input.inferenceConfig).toEqual({ maxTokens: 5 });
  });

  it('puts no default limit above that of the model', () => {
    const context = { ...BARE_CONTEXT, defaultMaxTokens: 20_000 };
    expect(prepare('amazon.nova-pro-v1:0', {}, context).input.inferenceConfig).toEqual({ maxTokens: 10_000 });
    expect(prepare('other.model', {}, context).input.inferenceConfig).toEqual({ maxTokens: 20_000 });
  });

  it('lifts an output limit below what the model takes, but not that of a tenant', () => {
    const GPT = 'us.openai.gpt-6-astra';
    const messages = [{ role: 'user', content: 'q' }];
    const limit = (model: string, context = BARE_CONTEXT) =>
      prepareRequest(model, { messages, max_tokens: 1 }, context).input.inferenceConfig?.maxTokens;
    expect([limit(GPT), limit('us.anthropic.claude-sonnet-4-6')]).toEqual([16, 1]);
    expect(limit(GPT, { ...BARE_CONTEXT, isOutputLimited: true })).toBe(1);
  });
});
