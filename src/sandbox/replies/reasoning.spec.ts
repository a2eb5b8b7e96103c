import { UNKNOWN_CAPABILITIES } from '../../models/capability-table.js';
import type { ModelCapabilities, ReasoningStyle } from '../../models/model-entry.js';
import { reasoningBlock } from './reasoning.js';

function shape(
  reasoning: ReasoningStyle,
  fields: Record<string, unknown>,
  more: Partial<ModelCapabilities> = {},
): string {
  const capabilities = { ...UNKNOWN_CAPABILITIES, reasoning, ...more };
  const block = reasoningBlock({ additionalModelRequestFields: fields }, capabilities);
  if (!block || !('reasoningContent' in block)) return 'none';
  const { reasoningContent } = block;
  if ('redactedContent' in reasoningContent) return 'hidden';
  const { text, signature } = reasoningContent.reasoningText;
  return `${signature === undefined ? 'open' : 'signed'}${text === '' ? ' empty' : ''}`;
}

const enabled = { type: 'enabled', budget_tokens: 1024 };

describe(reasoningBlock.name, () => {
  it.each<[string, string, string]>([
    ['Claude with a budget', shape('anthropic-budget', { thinking: enabled }), 'signed'],
    ['Claude with a budget under the older name', shape('anthropic-budget', { reasoning_config: enabled }), 'signed'],
    ['Claude that is not asked', shape('anthropic-budget', {}), 'none'],
    ['adaptive Claude', shape('anthropic-adaptive', { thinking: { type: 'adaptive' } }), 'signed'],
    [
      'Claude that always thinks',
      shape('anthropic-adaptive', {}, { reasoningCanDisable: false, samplingParameters: false }),
      'signed empty',
    ],
    [
      'Claude that always thinks and shall show it',
      shape(
        'anthropic-adaptive',
        { thinking: { type: 'adaptive', display: 'summarized' } },
        { samplingParameters: false },
      ),
      'signed',
    ],
    ['Nova 2', shape('nova2', { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } }), 'open'],
    ['GPT with effort', shape('openai-nested', { reasoning: { effort: 'high' } }), 'hidden'],
    ['GPT without effort', shape('openai-nested', { reasoning: { effort: 'none' } }), 'none'],
    ['GPT that always reasons', shape('openai-nested', {}, { reasoningCanDisable: false }), 'hidden'],
    ['gpt-oss', shape('openai-flat', {}), 'open'],
    ['Kimi with effort', shape('moonshot', { reasoning_effort: 'high' }), 'open'],
    ['Kimi without', shape('moonshot', {}), 'none'],
    ['GLM with effort', shape('model-default', { reasoning_config: 'high' }), 'open'],
    ['GLM told not to', shape('model-default', { reasoning_config: 'none' }), 'none'],
    ['DeepSeek R1', shape('always-on', {}), 'open'],
    ['a model without reasoning', shape('none', { reasoning_effort: 'high' }), 'none'],
  ])('%s', (_name, found, expected) => {
    expect(found).toBe(expected);
  });
});
