import type { Mapping, NativeFields } from '../mapping.js';
import {
  effortOf,
  nearestEffort,
  NO_PLAN,
  noReasoning,
  type ReasoningPlan,
  type ReasoningRequest,
} from './reasoning-plan.js';

/** Native fields for one level of effort. */
export type EffortFields = (effort: string) => NativeFields;

/** gpt-oss, Grok and Kimi: OpenAI's own flat field. */
export const flatEffort: EffortFields = (effort) => ({ reasoning_effort: effort });
/** GPT on Converse. */
export const nestedEffort: EffortFields = (effort) => ({ reasoning: { effort } });
/** DeepSeek V3, in the predecessor's spelling, and other open weights. */
export const reasoningConfigEffort: EffortFields = (effort) => ({ reasoning_config: effort });

/** For models that take a level of effort. Each model's own levels are in the capability table. */
export function toEffortReasoning(wanted: ReasoningRequest, mapping: Mapping, toFields: EffortFields): ReasoningPlan {
  const effort = effortOf(wanted);
  const { reasoningEfforts, reasoningCanDisable } = mapping.model.capabilities;
  if (effort === undefined || reasoningEfforts.length === 0) {
    return noReasoning(wanted, mapping);
  }
  const param = wanted.thinking === undefined ? 'reasoning_effort' : 'thinking';
  if (effort === 'none' && !reasoningEfforts.includes('none')) {
    if (reasoningCanDisable !== true) {
      mapping.adapt(param);
    }
    return NO_PLAN;
  }
  const level = nearestEffort(effort, reasoningEfforts);
  if (level !== effort) {
    mapping.adapt(param);
  }
  return { fields: toFields(level), isActive: effort !== 'none', sampling: 'free' };
}

const novaEffort: EffortFields = (effort) => ({ reasoningConfig: { type: 'enabled', maxReasoningEffort: effort } });

/** Nova 2: `high` takes neither sampling parameters nor an output limit, so a limited tenant gets `medium`. */
export function toNovaReasoning(wanted: ReasoningRequest, mapping: Mapping): ReasoningPlan {
  let isHigh = false;
  const plan = toEffortReasoning(wanted, mapping, (effort) => {
    isHigh = effort === 'high';
    return novaEffort(effort);
  });
  if (!isHigh) {
    return plan;
  }
  if (mapping.context.isOutputLimited) {
    mapping.adapt(wanted.thinking === undefined ? 'reasoning_effort' : 'thinking');
    return { ...plan, fields: novaEffort('medium') };
  }
  return { ...plan, sampling: 'omitted', omitsMaxTokens: true };
}
