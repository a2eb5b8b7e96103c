import { unsupportedParameter } from '../../../common/errors/gateway-error.js';
import type { ChatRequest } from '../../../openai/chat-request.schema.js';
import type { Thinking } from '../../../openai/chat-extension.schema.js';
import type { Mapping, NativeFields } from '../mapping.js';

export type Effort = NonNullable<ChatRequest['reasoning_effort']>;

/** What a request says of reasoning. */
export interface ReasoningRequest {
  effort: Effort | undefined;
  thinking: Thinking | undefined;
  /** Anthropic's `output_config.effort`, which also holds without thoughts. */
  outputEffort: Effort | undefined;
  /** Anthropic's beta flags. */
  betas: readonly string[];
  /** The output limit that the client set. */
  maxTokens: number | undefined;
  /** The conversation goes on in the middle of a turn of tool calls whose reasoning the client did not send back. */
  continuesToolTurnWithoutReasoning: boolean;
}

/** How a model is asked to reason. */
export interface ReasoningPlan {
  /** For `additionalModelRequestFields`. */
  fields: NativeFields;
  /** The model reasons because this request says so. */
  isActive: boolean;
  /** `default`: only the default values pass while the model reasons; `omitted`: not even those. */
  sampling: 'free' | 'default' | 'omitted';
  /** An output limit that the reasoning needs where the client set none. */
  maxTokens?: number;
  /** The model takes no output limit at this effort. */
  omitsMaxTokens?: boolean;
}

/** Nothing is said about reasoning. */
export const NO_PLAN: ReasoningPlan = { fields: {}, isActive: false, sampling: 'free' };

const EFFORTS: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/**
 * The model's level nearest to an effort: the next one down, or its lowest. Models that go beyond `high` without
 * knowing `xhigh` call that `max`, as Claude 4.6 does.
 */
export function nearestEffort(effort: Effort, known: readonly string[]): string {
  if (effort === 'xhigh' && !known.includes(effort) && known.includes('max')) return 'max';
  const rank = EFFORTS.indexOf(effort);
  const lower = known.filter((level) => EFFORTS.indexOf(level as Effort) <= rank);
  return lower.at(-1) ?? known[0] ?? effort;
}

/**
 * For models without a reasoning parameter: those that reason by themselves go on as they do, and the others refuse.
 * @throws GatewayError 400 when the model cannot reason
 */
export function noReasoning(wanted: ReasoningRequest, { model, adapt }: Mapping): ReasoningPlan {
  const reasonsByItself = model.capabilities.reasoning !== 'none';
  if (wanted.thinking !== undefined) {
    if (!reasonsByItself && wanted.thinking.type !== 'disabled') {
      throw unsupportedParameter('thinking', `The model '${model.requestedId}' does not support 'thinking'.`);
    }
    adapt('thinking');
  }
  if (wanted.effort !== undefined && (reasonsByItself || wanted.effort !== 'none')) {
    if (!reasonsByItself) {
      throw unsupportedParameter(
        'reasoning_effort',
        `The model '${model.requestedId}' does not support 'reasoning_effort'.`,
      );
    }
    adapt('reasoning_effort');
  }
  return NO_PLAN;
}

/** The effort that a request means, also where it says so in Anthropic's words; `none` means no reasoning. */
export function effortOf({ effort, thinking }: ReasoningRequest): Effort | undefined {
  switch (thinking?.type) {
    case 'disabled':
      return 'none';
    case 'enabled':
    case 'adaptive':
      return effort === undefined || effort === 'none' ? effortOfBudget(thinking.budget_tokens) : effort;
    default:
      return effort;
  }
}

/** Upper ends, in tokens, of what is still low and medium. */
const LOW_BUDGET_TOKENS = 4_096;
const MEDIUM_BUDGET_TOKENS = 16_384;

/** A budget in the words of models that only know levels. */
export function effortOfBudget(budgetTokens: number | null | undefined): Effort {
  if (budgetTokens == null) return 'medium';
  if (budgetTokens <= LOW_BUDGET_TOKENS) return 'low';
  return budgetTokens <= MEDIUM_BUDGET_TOKENS ? 'medium' : 'high';
}
