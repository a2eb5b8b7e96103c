import { sign } from '../replies/signature.js';
import type { ConverseRequest } from '../wire/converse-request.js';
import * as rules from './reasoning.rules.js';
import type { Rule } from './rule.js';
import { assistant, CLAUDE, refusalOf, type Sample, toolNamed, user } from './rule-samples.js';

const budget: Sample['capabilities'] = { reasoning: 'anthropic-budget', reasoningCanDisable: true };
const adaptive: Sample['capabilities'] = { reasoning: 'anthropic-adaptive', reasoningCanDisable: false };

function thinking(fields: Record<string, unknown>, more: ConverseRequest = {}): ConverseRequest {
  return { ...more, additionalModelRequestFields: { thinking: fields } };
}

function thought(text: string, signature?: string): ReturnType<typeof assistant> {
  const reasoningText = { text, ...(signature === undefined ? {} : { signature }) };
  return assistant({ reasoningContent: { reasoningText } }, { text: 'a' });
}

const forced = { toolConfig: { tools: [toolNamed('a')], toolChoice: { any: {} } } };
const enabled = { type: 'enabled', budget_tokens: 2000 };

describe('rules of reasoning', () => {
  it.each<[string, Rule, Sample, string]>([
    [
      'thinking where there is none',
      rules.thinkingSuitsTheModel,
      { request: thinking(enabled), modelId: CLAUDE },
      'thinking: Extra inputs are not permitted',
    ],
    [
      'effort inside thinking',
      rules.thinkingSuitsTheModel,
      { request: thinking({ type: 'adaptive', effort: 'low' }), modelId: CLAUDE, capabilities: adaptive },
      'thinking.adaptive.effort: Extra inputs are not permitted',
    ],
    [
      'adaptive thinking by an older Claude',
      rules.thinkingSuitsTheModel,
      { request: thinking({ type: 'adaptive' }), modelId: CLAUDE, capabilities: budget },
      'adaptive thinking is not supported on this model',
    ],
    [
      'a budget for a newer Claude',
      rules.thinkingSuitsTheModel,
      { request: thinking(enabled), modelId: CLAUDE, capabilities: adaptive },
      '"thinking.type.enabled" is not supported for this model.',
    ],
    [
      'no thinking where it is always on',
      rules.thinkingSuitsTheModel,
      { request: thinking({ type: 'disabled' }), modelId: CLAUDE, capabilities: adaptive },
      '"thinking.type.disabled" is not supported for this model.',
    ],
    [
      'a budget without a number',
      rules.thinkingBudgetIsBounded,
      { request: thinking({ type: 'enabled' }) },
      'thinking.enabled.budget_tokens: Field required',
    ],
    [
      'a small budget',
      rules.thinkingBudgetIsBounded,
      { request: thinking({ type: 'enabled', budget_tokens: 1023 }) },
      'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
    ],
    [
      'a budget as large as the answer',
      rules.thinkingBudgetIsBounded,
      { request: thinking(enabled, { inferenceConfig: { maxTokens: 2000 } }) },
      '`max_tokens` must be greater than `thinking.budget_tokens`.',
    ],
    [
      'a temperature beside thinking',
      rules.thinkingFixesSampling,
      { request: thinking(enabled, { inferenceConfig: { temperature: 0.5 } }) },
      '`temperature` may only be set to 1 when thinking is enabled.',
    ],
    [
      'a low topP beside thinking',
      rules.thinkingFixesSampling,
      { request: thinking(enabled, { inferenceConfig: { topP: 0.5 } }) },
      '`top_p` must be greater than or equal to 0.95',
    ],
    [
      'a forced tool beside thinking',
      rules.thinkingExcludesForcedTools,
      { request: thinking(enabled, forced), capabilities: { forcedToolWithReasoning: false } },
      'Thinking may not be enabled when tool_choice forces tool use.',
    ],
    [
      'a tool beside thinking that is forced in native words',
      rules.thinkingExcludesForcedTools,
      {
        request: {
          additionalModelRequestFields: { thinking: enabled, tool_choice: { type: 'tool', name: 'bash' } },
        },
        capabilities: { forcedToolWithReasoning: false },
      },
      'Thinking may not be enabled when tool_choice forces tool use.',
    ],
    [
      'an open turn of tools without its thoughts',
      rules.openToolTurnKeepsItsThinking,
      {
        request: thinking(enabled, {
          messages: [
            user({ text: 'hi' }),
            assistant({ toolUse: { toolUseId: '1', name: 'a', input: {} } }),
            user({ toolResult: { toolUseId: '1', content: [] } }),
          ],
        }),
      },
      'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.',
    ],
    [
      'an effort that the model does not know',
      rules.effortIsKnown,
      {
        request: { additionalModelRequestFields: { reasoning: { effort: 'none' } } },
        capabilities: { reasoning: 'openai-nested', reasoningEfforts: ['low', 'high'] },
      },
      "Invalid value: 'none'. Supported values are: 'low', 'high'.",
    ],
    [
      'an effort for a Claude without efforts',
      rules.effortIsKnown,
      { request: { outputConfig: { effort: 'low' } }, modelId: CLAUDE, capabilities: budget },
      'This model does not support the effort parameter.',
    ],
    [
      'an effort beyond high while thinking is disabled',
      rules.highEffortThinks,
      {
        request: { additionalModelRequestFields: { thinking: { type: 'disabled' }, output_config: { effort: 'max' } } },
        modelId: 'anthropic.claude-opus-5',
        capabilities: adaptive,
      },
      "output_config.effort 'max' is not supported when thinking is disabled on this model.",
    ],
    [
      'an effort beyond high of a model that thinks when asked',
      rules.highEffortThinks,
      {
        request: { additionalModelRequestFields: { output_config: { effort: 'xhigh' } } },
        modelId: 'anthropic.claude-opus-4-8',
        capabilities: adaptive,
      },
      "output_config.effort 'xhigh' is not supported when thinking is disabled on this model.",
    ],
    [
      'a signature for another family',
      rules.signaturesAreClaudes,
      { request: { messages: [thought('t', 's')] } },
      "This model doesn't support the reasoningContent.reasoningText.signature field.",
    ],
    [
      'a thought without a signature for Claude',
      rules.signaturesAreClaudes,
      { request: { messages: [thought('t')] }, modelId: CLAUDE },
      'messages.0.content.0.thinking.signature: Field required',
    ],
    [
      'a thought that was changed',
      rules.signaturesAreClaudes,
      { request: { messages: [thought('t', sign('other'))] }, modelId: CLAUDE },
      'messages.0.content.0: Invalid `signature` in `thinking` block',
    ],
  ])('refuse %s', (_name, rule, sample, message) => {
    expect(refusalOf(rule, sample)).toContain(message);
  });

  it('lets an interleaved budget be larger than one answer', () => {
    const interleaved = thinking(enabled, { inferenceConfig: { maxTokens: 1500 } });
    const fields = { ...interleaved.additionalModelRequestFields, anthropic_beta: ['interleaved-thinking-2025-05-14'] };
    const request = { ...interleaved, additionalModelRequestFields: fields };
    expect(
      refusalOf(rules.thinkingBudgetIsBounded, { request, modelId: CLAUDE, capabilities: budget }),
    ).toBeUndefined();
  });

  it.each(Object.entries(rules))('%s accepts thinking within its bounds', (_name, rule) => {
    const request = thinking(enabled, {
      inferenceConfig: { maxTokens: 4000, temperature: 1, topP: 0.95 },
      messages: [user({ text: 'hi' }), thought('t', sign('t')), user({ text: 'go on' })],
    });

    expect(refusalOf(rule, { request, modelId: CLAUDE, capabilities: budget })).toBeUndefined();
  });

  it.each([
    ['anthropic.claude-opus-5', { output_config: { effort: 'max' } }],
    ['anthropic.claude-sonnet-4-6', { output_config: { effort: 'max' } }],
    ['anthropic.claude-opus-4-8', { output_config: { effort: 'max' }, thinking: { type: 'adaptive' } }],
    ['anthropic.claude-opus-4-8', { output_config: { effort: 'high' } }],
  ])('lets %s take %j', (modelId, additionalModelRequestFields) => {
    const sample = { request: { additionalModelRequestFields }, modelId, capabilities: adaptive };

    expect(refusalOf(rules.highEffortThinks, sample)).toBeUndefined();
  });

  it('lets Claude 4.6 take a budget', () => {
    const sample = { request: thinking(enabled), modelId: 'anthropic.claude-sonnet-4-6', capabilities: adaptive };

    expect(refusalOf(rules.thinkingSuitsTheModel, sample)).toBeUndefined();
  });
});
