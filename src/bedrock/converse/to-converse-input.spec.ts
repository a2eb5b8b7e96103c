import { BARE_CONTEXT, prepareRequest } from '../../../test/support/prepare-request.js';
import { toConverseInput } from './to-converse-input.js';

const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const CLAUDE_3 = 'anthropic.claude-3-haiku-20240307-v1:0';
const NOVA = 'us.amazon.nova-pro-v1:0';
const NOVA_2 = 'us.amazon.nova-2-lite-v1:0';
const LLAMA = 'us.meta.llama3-3-70b-instruct-v1:0';
const COMMAND = 'cohere.command-r-v1:0';

function prepare(model: string, fields: object, context = BARE_CONTEXT) {
  return prepareRequest(model, { messages: [{ role: 'user', content: 'hi' }], ...fields }, context);
}

describe(toConverseInput.name, () => {
  it('sends nothing that was not asked for', () => {
    expect(prepare(LLAMA, {})).toEqual({
      input: { modelId: LLAMA, messages: [{ role: 'user', content: [{ text: 'hi' }] }] },
      replay: false,
      answer: {},
      adapted: [],
    });
  });

  it("remembers the tools of OpenAI's models, which may write more than their names", () => {
    const tools = [{ type: 'function', function: { name: 'look up' } }];
    const { input, answer } = prepare('openai.gpt-oss-120b-1:0', { tools });
    expect(answer.offeredNames).toEqual(new Set([input.toolConfig?.tools?.[0]?.toolSpec?.name]));
    expect(prepare(NOVA, { tools }).answer).not.toHaveProperty('offeredNames');
  });

  it('accepts what means nothing to Bedrock', () => {
    const fields = {
      n: 1,
      seed: 3,
      user: 'u',
      store: true,
      metadata: { a: 'b' },
      logprobs: false,
      top_logprobs: 0,
      logit_bias: {},
      frequency_penalty: 0.5,
      presence_penalty: 0,
      service_tier: 'auto',
      modalities: ['text'],
      prediction: { type: 'content', content: 'x' },
      stream_options: { include_usage: true },
      verbosity: 'low',
      parallel_tool_calls: true,
      tool_choice: 'auto',
      function_call: 'none',
      functions: [],
      prompt_cache_key: 'k',
      safety_identifier: 's',
      client_metadata: {},
    };
    expect(Object.keys(prepare(LLAMA, fields).input)).toEqual(['modelId', 'messages']);
  });

  it.each<[string, object]>([
    ['logprobs', { logprobs: true }],
    ['top_logprobs', { top_logprobs: 3 }],
    ['logit_bias', { logit_bias: { '50256': -100 } }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['audio', { audio: { voice: 'alloy', format: 'wav' } }],
    ['web_search_options', { web_search_options: {} }],
    ['moderation', { moderation: { model: 'x' } }],
  ])('refuses %s by its name', (param, fields) => {
    expect(() => prepare(CLAUDE, fields)).toThrow(
      expect.objectContaining({ status: 400, param, code: 'unsupported_parameter' }),
    );
  });

  it('refuses a model that is not on Converse', () => {
    expect(() => prepare('openai.gpt-5.4', {})).toThrow(expect.objectContaining({ status: 400, param: 'model' }));
  });

  it.each([
    ['default', { type: 'default' }],
    ['flex', { type: 'flex' }],
    ['priority', { type: 'priority' }],
    ['fast', { type: 'priority' }],
    ['scale', { type: 'reserved' }],
    ['auto', undefined],
    [null, undefined],
  ])('maps the service tier %s', (tier, expected) => {
    expect(prepare(LLAMA, { service_tier: tier }).input.serviceTier).toEqual(expected);
  });

  it("takes a service tier in Bedrock's words, after OpenAI's", () => {
    const serviceTier = { type: 'priority' };
    expect(prepare(LLAMA, { serviceTier }).input.serviceTier).toEqual(serviceTier);
    expect(prepare(LLAMA, { serviceTier, service_tier: 'flex' }).input.serviceTier).toEqual({ type: 'flex' });
  });

  it.each([
    ['at the top', { topK: 10 }],
    ['in extra_body', { extra_body: { topK: 10 } }],
  ])('takes top_k as Nova spells it, %s', (_name, fields) => {
    expect(prepare(NOVA, fields).input.additionalModelRequestFields).toEqual({ inferenceConfig: { topK: 10 } });
  });

  it.each<[string, number, object | undefined]>([
    [CLAUDE, 0, { top_k: 0 }],
    [NOVA, 5, { inferenceConfig: { topK: 5 } }],
    [COMMAND, 5, { k: 5 }],
    ['us.anthropic.claude-opus-4-8', 5, undefined],
  ])('gives %s its top_k', (model, topK, expected) => {
    expect(prepare(model, { top_k: topK }).input.additionalModelRequestFields).toEqual(expected);
  });

  it("merges native fields, of which the client's own go first", () => {
    const fields = { top_k: 5, additionalModelRequestFields: { inferenceConfig: { other: 1 }, x: 'y' } };
    expect(prepare(NOVA, fields).input.additionalModelRequestFields).toEqual({
      inferenceConfig: { topK: 5, other: 1 },
      x: 'y',
    });
    const own = {
      reasoning_effort: 'low',
      max_tokens: 4000,
      extra_body: { additionalModelRequestFields: { reasoningConfig: { maxReasoningEffort: 'high' } } },
    };
    expect(prepare(NOVA_2, own).input.additionalModelRequestFields).toEqual({
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'high' },
    });
  });

  it('passes unknown members of extra_body to the model, and known ones as what they are', () => {
    const extra = { my_field: 1, temperature: 9, messages: [], model: 'x', top_k: 4 };
    expect(prepare(CLAUDE, { extra_body: extra }).input).toMatchObject({
      modelId: CLAUDE,
      additionalModelRequestFields: { my_field: 1, top_k: 4 },
    });
    expect(prepare(CLAUDE, { extra_body: extra }).input.inferenceConfig).toBeUndefined();
  });

  it.each([
    ['max_tokens', { additionalModelRequestFields: { max_tokens: 100_000 } }],
    ['messages', { additionalModelRequestFields: { messages: [] } }],
    ['max_gen_len', { extra_body: { max_gen_len: 100_000 } }],
    ['inferenceConfig.maxTokens', { additionalModelRequestFields: { inferenceConfig: { maxTokens: 9 } } }],
    ['textGenerationConfig.maxTokenCount', { extra_body: { textGenerationConfig: { maxTokenCount: 9 } } }],
  ])('lets nobody set %s around the gateway', (name, fields) => {
    expect(() => prepare(NOVA, fields)).toThrow(
      expect.objectContaining({ status: 400, param: `additionalModelRequestFields.${name}` }),
    );
  });

  it('keeps its own metadata', () => {
    const context = { ...BARE_CONTEXT, requestMetadata: { tenant_id: 't', request_id: 'r' } };
    const { input } = prepare(CLAUDE, { requestMetadata: { tenant_id: 'forged', team: '' } }, context);
    expect(input.requestMetadata).toEqual({ tenant_id: 't', request_id: 'r', team: '' });
    const many = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`k${index}`, 'v']));
    expect(() => prepare(CLAUDE, { requestMetadata: many }, context)).toThrow(
      expect.objectContaining({ status: 400, param: 'requestMetadata' }),
    );
  });

  it('passes a guardrail member by member', () => {
    const guardrailConfig = {
      guardrailIdentifier: 'g',
      guardrailVersion: '1',
      trace: 'enabled',
      streamProcessingMode: 'async',
      other: 1,
    };
    const plain = { guardrailIdentifier: 'g', guardrailVersion: '1', trace: 'enabled' };
    expect(prepare(CLAUDE, { guardrailConfig }).input.guardrailConfig).toEqual(plain);
    expect(prepare(CLAUDE, { guardrailConfig, stream: true }).input.guardrailConfig).toEqual({
      ...plain,
      streamProcessingMode: 'async',
    });
  });

  it('asks for native fields of the answer, and passes the variables of a prompt', () => {
    const fields = {
      additionalModelResponseFieldPaths: ['/stop_sequence'],
      promptVariables: { a: { text: 'b\ud800' } },
    };
    const expected = { ...fields, promptVariables: { a: { text: 'b\ufffd' } } };
    expect(prepare(CLAUDE, fields).input).toMatchObject(expected);
    expect(prepare(CLAUDE, { extra_body: fields }).input).toMatchObject(expected);
    expect(prepare(CLAUDE, {}).input).not.toHaveProperty('additionalModelResponseFieldPaths');
  });

  it('guards what is marked', () => {
    const content = [
      { type: 'guarded_text', text: 'x', qualifiers: ['query'] },
      { type: 'guarded_text', text: ' ' },
    ];
    expect(prepare(CLAUDE, { messages: [{ role: 'user', content }] }).input.messages?.[0]?.content).toEqual([
      { guardContent: { text: { text: 'x', qualifiers: ['query'] } } },
    ]);
  });

  it.each([
    { performanceConfig: { latency: 'optimized', other: 1 } },
    { extra_body: { performanceConfig: { latency: 'optimized' } } },
  ])('passes the latency: %j', (fields) => {
    expect(prepare(CLAUDE, fields).input.performanceConfig).toEqual({ latency: 'optimized' });
  });

  it('sends beta flags to Claude alone', () => {
    expect(prepare(CLAUDE, { anthropic_beta: 'b, c' }).input.additionalModelRequestFields).toEqual({
      anthropic_beta: ['b', 'c'],
    });
    expect(prepare(CLAUDE, { anthropic_beta: ['b'] }).input.additionalModelRequestFields).toEqual({
      anthropic_beta: ['b'],
    });
    const { input, adapted } = prepare(NOVA, { anthropic_beta: ['b'] });
    expect(input.additionalModelRequestFields).toBeUndefined();
    expect(adapted).toEqual(['anthropic_beta']);
  });

  it('asks old Claude for nothing that it does not know', () => {
    expect(Object.keys(prepare(CLAUDE_3, { parallel_tool_calls: false }).input)).toEqual(['modelId', 'messages']);
  });
});
