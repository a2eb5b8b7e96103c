import { BARE_CONTEXT, prepareRequest } from '../../../../test/support/prepare-request.js';
import { toEffortReasoning, toNovaReasoning } from './to-effort-reasoning.js';

const NOVA_2 = 'us.amazon.nova-2-lite-v1:0';
const GPT_OSS = 'openai.gpt-oss-120b-1:0';
const GPT_56 = 'global.openai.gpt-5.6-luna';
const GPT_6 = 'us.openai.gpt-6-sol';
const KIMI = 'moonshot.kimi-k2-thinking';
const GROK = 'us.xai.grok-4.6';
const DEEPSEEK = 'deepseek.v3-v1:0';
const R1 = 'us.deepseek.r1-v1:0';
const GLM = 'zai.glm-5';
const LLAMA = 'us.meta.llama3-3-70b-instruct-v1:0';

function prepare(model: string, fields: object, context = BARE_CONTEXT) {
  return prepareRequest(model, { messages: [{ role: 'user', content: 'hi' }], ...fields }, context);
}

const nova = (level: string) => ({ reasoningConfig: { type: 'enabled', maxReasoningEffort: level } });

describe(toEffortReasoning.name, () => {
  it.each<[string, string, object | undefined]>([
    [GPT_OSS, 'low', { reasoning_effort: 'low' }],
    [GPT_OSS, 'minimal', { reasoning_effort: 'low' }],
    [GPT_OSS, 'xhigh', { reasoning_effort: 'high' }],
    [GPT_OSS, 'none', undefined],
    [GPT_56, 'none', { reasoning: { effort: 'none' } }],
    [GPT_56, 'xhigh', { reasoning: { effort: 'xhigh' } }],
    [GPT_6, 'none', undefined],
    [GPT_6, 'minimal', { reasoning: { effort: 'low' } }],
    [GPT_6, 'max', { reasoning: { effort: 'xhigh' } }],
    [KIMI, 'medium', { reasoning_effort: 'low' }],
    [KIMI, 'xhigh', { reasoning_effort: 'max' }],
    [KIMI, 'none', undefined],
    ['us.moonshotai.kimi-k3', 'max', { reasoning_effort: 'max' }],
    [GROK, 'xhigh', { reasoning_effort: 'xhigh' }],
    [DEEPSEEK, 'high', { reasoning_config: 'high' }],
    ['qwen.qwen3-32b-v1:0', 'medium', { reasoning_config: 'low' }],
    ['qwen.qwen3-32b-v1:0', 'xhigh', { reasoning_config: 'high' }],
    ['qwen.qwen3-32b-v1:0', 'none', undefined],
    [NOVA_2, 'medium', nova('medium')],
    [NOVA_2, 'max', nova('high')],
    [NOVA_2, 'none', undefined],
    [R1, 'high', undefined],
    [GLM, 'high', { reasoning_config: 'high' }],
    [GLM, 'xhigh', { reasoning_config: 'high' }],
    [GLM, 'low', { reasoning_config: 'low' }],
    [GLM, 'none', { reasoning_config: 'none' }],
    ['nvidia.nemotron-super-3-120b', 'high', { reasoning_config: 'high' }],
    ['nvidia.nemotron-nano-3-30b', 'high', undefined],
    ['us.zai.glm-5.3', 'high', undefined],
    ['minimax.minimax-m2.5', 'high', undefined],
    ['acme.wonder-1', 'high', undefined],
    [LLAMA, 'none', undefined],
  ])('asks %s for %s effort in its own words', (model, effort, expected) => {
    expect(prepare(model, { reasoning_effort: effort }).input.additionalModelRequestFields).toEqual(expected);
  });

  it('reads thinking as an effort', () => {
    const thinking = { type: 'enabled', budget_tokens: 2000 };
    expect(prepare(NOVA_2, { thinking }).input.additionalModelRequestFields).toEqual(nova('low'));
  });

  it('refuses an effort for a model that cannot reason', () => {
    expect(() => prepare(LLAMA, { reasoning_effort: 'low' })).toThrow(
      expect.objectContaining({ status: 400, param: 'reasoning_effort', code: 'unsupported_parameter' }),
    );
  });

  it.each([R1, 'minimax.minimax-m2.5'])('tells that %s reasons as it does by itself', (model) => {
    expect(prepare(model, { reasoning_effort: 'high' }).adapted).toEqual(['reasoning_effort']);
  });
});

describe(toNovaReasoning.name, () => {
  it('sends neither limit nor sampling at high effort', () => {
    const fields = { reasoning_effort: 'high', max_tokens: 100, temperature: 0.1, top_p: 0.2 };
    const { input, adapted } = prepare(NOVA_2, fields);
    expect(input.inferenceConfig).toBeUndefined();
    expect(adapted).toEqual(expect.arrayContaining(['max_completion_tokens', 'temperature', 'top_p']));
  });

  it.each([
    ['reasoning_effort', { reasoning_effort: 'high' }],
    ['thinking', { thinking: { type: 'enabled', budget_tokens: 32_000 } }],
  ])('keeps the output limit of a tenant, at the highest effort that takes one, and says so of %s', (field, fields) => {
    const context = { ...BARE_CONTEXT, isOutputLimited: true };
    const { input, adapted } = prepare(NOVA_2, { ...fields, max_tokens: 100 }, context);
    expect(input.inferenceConfig).toEqual({ maxTokens: 100 });
    expect(input.additionalModelRequestFields).toEqual(nova('medium'));
    expect(adapted).toEqual([field]);
  });

  it('sends both at lower effort', () => {
    const { input } = prepare(NOVA_2, { reasoning_effort: 'low', max_tokens: 100, temperature: 0.1 });
    expect(input.inferenceConfig).toEqual({ maxTokens: 100, temperature: 0.1 });
  });
});
