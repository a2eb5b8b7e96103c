import type { ModelEntry } from '../../../models/model-entry.js';
import type { Mapping, NativeFields } from '../mapping.js';
import { nearestEffort, type Effort } from './reasoning-plan.js';

const HIGHEST_WITHOUT_THOUGHTS = 'high';
const BEYOND_HIGH: ReadonlySet<string> = new Set(['xhigh', 'max']);

/**
 * Whether a Claude takes an effort only while it thinks. Opus 4.8 and Opus 5: "output_config.effort 'xhigh' is not
 * supported when thinking is disabled on this model" (anthropics/claude-code issues 79798 and 81084). Those that think
 * in any case, and 4.6, do not ask.
 */
export function needsThoughts(effort: string | undefined, { capabilities }: ModelEntry): boolean {
  const { reasoning, reasoningBudget, reasoningCanDisable } = capabilities;
  const mayNotThink = reasoning === 'anthropic-adaptive' && !reasoningBudget && reasoningCanDisable !== false;
  return mayNotThink && effort !== undefined && BEYOND_HIGH.has(effort);
}

/**
 * Claude's effort, which holds for the whole answer and so beside a budget, too. Models before Opus 4.5 refuse a request
 * that names one, and the others one that names a level they lack.
 */
export function toEffortFields(
  effort: Effort | null | undefined,
  isReasoning: boolean,
  { model, adapt }: Mapping,
): NativeFields {
  if (!effort) return {};
  const { reasoningEfforts } = model.capabilities;
  if (reasoningEfforts.length === 0) {
    adapt('output_config');
    return {};
  }
  const nearest = nearestEffort(effort, reasoningEfforts);
  const level = !isReasoning && needsThoughts(nearest, model) ? HIGHEST_WITHOUT_THOUGHTS : nearest;
  if (level !== effort) adapt('output_config');
  return { output_config: { effort: level } };
}
