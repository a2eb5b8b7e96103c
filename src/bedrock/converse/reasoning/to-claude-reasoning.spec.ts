import { BARE_CONTEXT, prepareRequest } from '../../../../test/support/prepare-request.js';
import { toClaudeReasoning } from './to-claude-reasoning.js';

const SONNET_45 = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const OPUS_45 = 'us.anthropic.claude-opus-4-5-20251101-v1:0';
const SONNET_46 = 'us.anthropic.claude-sonnet-4-6';
const OPUS_47 = 'us.anthropic.claude-opus-4-7';
const OPUS_48 = 'us.anthropic.claude-opus-4-8';
const FABLE = 'us.anthropic.claude-fable-5';
const AIP = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123';
const HAIKU_3 = 'anthropic.claude-3-haiku-20240307-v1:0';

function prepare(model: string, fields: object) {
  return prepareRequest(model, { messages: [{ role: 'user', content: 'hi' }], ...fields });
}

const budget = (tokens: number) => ({ thinking: { type: 'enabled', budget_tokens: tokens } });
const adaptive = (effort: string) => ({ thinking: { type: 'adaptive' }, output_config: { effort } });
/** Models that hide what they think are asked to show it. */
const shown = (effort: string) => ({ ...adaptive(effort), thinking: { type: 'adaptive', display: 'summarized' } });

describe(toClaudeReasoning.name, () => {
  it.each<[string, string, object, object | undefined]>([
    ['low effort is 30 %', SONNET_45, { reasoning_effort: 'low', max_tokens: 4096 }, budget(1228)],
    ['medium effort is 60 %', SONNET_45, { reasoning_effort: 'medium', max_tokens: 4096 }, budget(2457)],
    ['high effort is all but one', SONNET_45, { reasoning_effort: 'high', max_tokens: 4096 }, budget(4095)],
    ['minimal effort is low', SONNET_45, { reasoning_effort: 'minimal', max_tokens: 10_000 }, budget(3000)],
    ['xhigh effort is high', OPUS_45, { reasoning_effort: 'xhigh', max_tokens: 10_000 }, budget(9999)],
    [
      'GovCloud is not asked to show anything',
      'us-gov.anthropic.claude-opus-4-8',
      { reasoning_effort: 'low' },
      adaptive('low'),
    ],
    [
      'a budget says how thoughts are shown',
      SONNET_45,
      { thinking: { type: 'enabled', budget_tokens: 2000, display: 'omitted' }, max_tokens: 4096 },
      { thinking: { type: 'enabled', budget_tokens: 2000, display: 'omitted' } },
    ],
    ['a small budget is lifted', SONNET_45, { ...budget(499), max_tokens: 4096 }, budget(1024)],
    ['a budget has a floor', SONNET_45, { reasoning_effort: 'low', max_tokens: 2048 }, budget(1024)],
    ['no effort is no thinking', SONNET_45, { reasoning_effort: 'none', max_tokens: 4096 }, undefined],
    ['no effort is no thinking on adaptive models', OPUS_48, { reasoning_effort: 'none' }, undefined],
    ['the floor may take all but one', SONNET_45, { reasoning_effort: 'high', max_tokens: 1025 }, budget(1024)],
    ['effort is adaptive from 4.6 on', SONNET_46, { reasoning_effort: 'high' }, adaptive('high')],
    ['xhigh is the most where it is not known', SONNET_46, { reasoning_effort: 'xhigh' }, adaptive('max')],
    ['xhigh goes through where it is known', OPUS_48, { reasoning_effort: 'xhigh' }, shown('xhigh')],
    ['max goes through', SONNET_46, { reasoning_effort: 'max' }, adaptive('max')],
    ['minimal is low on adaptive models', OPUS_48, { reasoning_effort: 'minimal' }, shown('low')],
    ['a budget passes on 4.5', SONNET_45, { ...budget(2000), max_tokens: 4096 }, budget(2000)],
    ['a budget without a limit passes', SONNET_45, budget(10_000), budget(10_000)],
    ['a budget over the limit is cut', SONNET_45, { ...budget(4000), max_tokens: 3000 }, budget(2999)],
    [
      'a budget over the limit passes when thoughts interleave',
      SONNET_45,
      { ...budget(4096), max_tokens: 2048, anthropic_beta: ['interleaved-thinking-2025-05-14'] },
      { ...budget(4096), anthropic_beta: ['interleaved-thinking-2025-05-14'] },
    ],
    ['a budget still passes on 4.6', SONNET_46, { ...budget(2000), max_tokens: 4096 }, budget(2000)],
    ['a small budget is low effort from 4.7 on', OPUS_47, { ...budget(2000), max_tokens: 9000 }, adaptive('low')],
    ['a large budget is high effort', OPUS_48, budget(32_000), adaptive('high')],
    [
      'adaptive passes untouched',
      OPUS_48,
      { thinking: { type: 'adaptive', display: 'summarized' } },
      { thinking: { type: 'adaptive', display: 'summarized' } },
    ],
    [
      'adaptive takes along what else is said of it',
      OPUS_48,
      { thinking: { type: 'adaptive', budget_tokens: 5, block_binding: { mismatch_behavior: 'drop_block' } } },
      { thinking: { type: 'adaptive', block_binding: { mismatch_behavior: 'drop_block' } } },
    ],
    [
      'adaptive without room is left out before 4.6',
      SONNET_45,
      { thinking: { type: 'adaptive' }, max_tokens: 1024 },
      undefined,
    ],
    [
      'an effort without thinking is a beta on Opus 4.5',
      OPUS_45,
      { output_config: { effort: 'max' } },
      { anthropic_beta: ['effort-2025-11-24'], output_config: { effort: 'high' } },
    ],
    [
      'an effort without thinking is none on 4.6',
      SONNET_46,
      { output_config: { effort: 'max' } },
      { output_config: { effort: 'max' } },
    ],
    [
      'an effort that needs thoughts brings them along',
      OPUS_48,
      { output_config: { effort: 'xhigh' } },
      adaptive('xhigh'),
    ],
    [
      'an effort that needs none does not',
      OPUS_48,
      { output_config: { effort: 'high' } },
      { output_config: { effort: 'high' } },
    ],
    [
      'an effort brings no thoughts to a model that always thinks',
      FABLE,
      { output_config: { effort: 'max' } },
      { output_config: { effort: 'max' } },
    ],
    [
      'an effort holds without thoughts, too',
      OPUS_48,
      { thinking: { type: 'disabled' }, output_config: { effort: 'low' } },
      { thinking: { type: 'disabled' }, output_config: { effort: 'low' } },
    ],
    [
      'without thoughts it is high at the most',
      OPUS_48,
      { thinking: { type: 'disabled' }, output_config: { effort: 'max' } },
      { thinking: { type: 'disabled' }, output_config: { effort: 'high' } },
    ],
    [
      'without thoughts it is high at the most, also by no effort',
      OPUS_48,
      { reasoning_effort: 'none', output_config: { effort: 'max' } },
      { output_config: { effort: 'high' } },
    ],
    [
      'an effort goes beside a budget on Opus 4.5',
      OPUS_45,
      { ...budget(2000), output_config: { effort: 'xhigh' } },
      { ...budget(2000), output_config: { effort: 'high' }, anthropic_beta: ['effort-2025-11-24'] },
    ],
    [
      'an effort goes beside a budget on 4.6',
      SONNET_46,
      { ...budget(2000), output_config: { effort: 'low' } },
      { ...budget(2000), output_config: { effort: 'low' } },
    ],
    [
      'an effort beside a budget is left out on 4.5',
      SONNET_45,
      { ...budget(2000), output_config: { effort: 'low' } },
      budget(2000),
    ],
    ['an effort without thinking is left out on 4.5', SONNET_45, { output_config: { effort: 'low' } }, undefined],
    ['thinking goes through to what nobody knows', AIP, budget(2000), budget(2000)],
    [
      'an effort, flags and top_k go with it',
      AIP,
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' }, anthropic_beta: ['x'], top_k: 5 },
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' }, anthropic_beta: ['x'] },
    ],
    ['top_k goes through to what nobody knows', AIP, { top_k: 5 }, { top_k: 5 }],
    ['thinking is not for models that are known not to', 'imported.model', budget(2000), undefined],
    ['adaptive with an effort', OPUS_48, { thinking: { type: 'adaptive' }, reasoning_effort: 'low' }, adaptive('low')],
    ['adaptive is a budget before 4.6', SONNET_45, { thinking: { type: 'adaptive' }, max_tokens: 8192 }, budget(4915)],
    ['disabled passes where it may', OPUS_48, { thinking: { type: 'disabled' } }, { thinking: { type: 'disabled' } }],
    ['disabled is left out where it may not', FABLE, { thinking: { type: 'disabled' } }, undefined],
    ['disabled is the default before 4.6', SONNET_45, { thinking: { type: 'disabled' } }, undefined],
    ['disabled is nothing to a model that cannot think', HAIKU_3, { thinking: { type: 'disabled' } }, undefined],
    [
      'thinking wins over effort',
      SONNET_45,
      { ...budget(1500), reasoning_effort: 'high', max_tokens: 9000 },
      budget(1500),
    ],
    [
      "the predecessor's extra_body",
      SONNET_45,
      { extra_body: { anthropic_beta: ['x'], ...budget(1500) }, max_tokens: 9000, top_p: 0.5 },
      { anthropic_beta: ['x'], ...budget(1500) },
    ],
    ['thinking among the native fields', OPUS_48, { additionalModelRequestFields: budget(1500) }, adaptive('low')],
    [
      "the predecessor's own field",
      SONNET_45,
      { additionalModelRequestFields: { reasoning_config: { type: 'enabled', budget_tokens: 1024 } } },
      { reasoning_config: { type: 'enabled', budget_tokens: 1024 } },
    ],
  ])('%s', (_name, model, fields, expected) => {
    expect(prepare(model, fields).input.additionalModelRequestFields).toEqual(expected);
  });

  it.each<[string, string, object, string[]]>([
    ['lowered', OPUS_48, { thinking: { type: 'disabled' }, output_config: { effort: 'max' } }, ['output_config']],
    ['left out', SONNET_45, { ...budget(2000), output_config: { effort: 'low' } }, ['output_config']],
    ['kept', OPUS_45, { ...budget(2000), output_config: { effort: 'low' } }, []],
  ])('says when an effort was %s', (_name, model, fields, adapted) => {
    expect(prepare(model, fields).adapted).toEqual(adapted);
  });

  it('finds a limit for an effort without one', () => {
    const { input } = prepare(SONNET_45, { reasoning_effort: 'medium' });
    expect(input.inferenceConfig).toEqual({ maxTokens: 16_384 });
    expect(input.additionalModelRequestFields).toEqual(budget(9830));
  });

  it.each([
    ['stands beside a default limit', false, 10_000, 14_096],
    ['ends below the limit of a tenant', true, 4095, 4096],
  ])('a budget %s', (_name, isOutputLimited, tokens, maxTokens) => {
    const context = { ...BARE_CONTEXT, defaultMaxTokens: 4096, isOutputLimited };
    const body = { messages: [{ role: 'user', content: 'hi' }], ...budget(10_000) };
    const { input } = prepareRequest(SONNET_45, body, context);
    expect(input.additionalModelRequestFields).toEqual(budget(tokens));
    expect(input.inferenceConfig).toEqual({ maxTokens });
  });

  it.each<[string, string, object, string]>([
    ['no room for a budget', SONNET_45, { reasoning_effort: 'low', max_tokens: 1024 }, 'max_completion_tokens'],
    ['no room for a given budget', SONNET_45, { ...budget(2000), max_tokens: 1000 }, 'max_completion_tokens'],
    ['effort on a model that cannot think', HAIKU_3, { reasoning_effort: 'low' }, 'reasoning_effort'],
    ['thinking on a model that cannot', HAIKU_3, budget(2000), 'thinking'],
  ])('refuses %s', (_name, model, fields, param) => {
    expect(() => prepare(model, fields)).toThrow(expect.objectContaining({ status: 400, param }));
  });

  it('leaves sampling at its defaults while the model thinks', () => {
    const { input, adapted } = prepare(SONNET_45, {
      ...budget(1500),
      max_tokens: 9000,
      temperature: 0.3,
      top_p: 0.5,
      top_k: 4,
    });
    expect(input.inferenceConfig).toEqual({ maxTokens: 9000 });
    expect(input.additionalModelRequestFields).toEqual(budget(1500));
    expect(adapted).toEqual(expect.arrayContaining(['temperature', 'top_p', 'top_k']));
  });

  it('keeps the default temperature', () => {
    expect(prepare(SONNET_46, { reasoning_effort: 'low', temperature: 1 }).input.inferenceConfig).toEqual({
      temperature: 1,
    });
  });

  describe('in the middle of a turn of tool calls', () => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const calling = {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }],
    };
    const turn = (extra: object) => [
      { role: 'user', content: 'go' },
      { ...calling, ...extra },
      { role: 'tool', tool_call_id: 'a', content: 'done' },
    ];
    const signed = { reasoning_details: [{ type: 'reasoning.text', text: 'hm', signature: 'c2ln' }] };

    it('thinks on when the client sent the signed thoughts back', () => {
      const { input } = prepareRequest(SONNET_45, { messages: turn(signed), tools, ...budget(2000), max_tokens: 9000 });
      expect(input.additionalModelRequestFields).toEqual(budget(2000));
      expect(input.messages?.[1]?.content?.[0]).toEqual({
        reasoningContent: { reasoningText: { text: 'hm', signature: 'c2ln' } },
      });
    });

    it.each<[string, object, string, object]>([
      ['nothing', {}, 'thinking', budget(2000)],
      ['thoughts without a signature', { reasoning_content: 'hm' }, 'thinking', budget(2000)],
      ['nothing, and asks by an effort', {}, 'reasoning_effort', { reasoning_effort: 'low' }],
    ])('stops thinking for this turn when the client sent back %s', (_name, extra, field, wanted) => {
      const { input, adapted } = prepareRequest(SONNET_45, {
        messages: turn(extra),
        tools,
        ...wanted,
        max_tokens: 9000,
      });
      expect(input.additionalModelRequestFields).toBeUndefined();
      expect(input.messages?.[1]?.content).toEqual([{ toolUse: { toolUseId: 'a', name: 'f', input: {} } }]);
      expect(adapted).toEqual([field]);
    });

    it('thinks adaptively all the same, which needs nothing of the turn before', () => {
      const { input } = prepareRequest(OPUS_48, { messages: turn({}), tools, reasoning_effort: 'low' });
      expect(input.additionalModelRequestFields).toEqual(shown('low'));
    });
  });
});
