import { invalidRequest } from '../../../common/errors/gateway-error.js';
import type { Thinking } from '../../../openai/chat-extension.schema.js';
import type { Mapping, NativeFields } from '../mapping.js';
import { defaultMaxTokens } from '../to-inference-config.js';
import { needsThoughts } from './claude-effort.js';
import {
  effortOf,
  nearestEffort,
  NO_PLAN,
  noReasoning,
  type Effort,
  type ReasoningPlan,
  type ReasoningRequest,
} from './reasoning-plan.js';

/** Anthropic's minimum. */
const BUDGET_TOKENS_MIN = 1024;
/** Output limit of a request that asks for reasoning and sets none: room for the thoughts and the answer. */
const DEFAULT_MAX_TOKENS = 16_384;
/** With this beta the budget spans all thoughts of a turn with tools, so it may exceed the output limit. */
const INTERLEAVED_BETA = 'interleaved-thinking-2025-05-14';
/** The predecessor's shares of the output limit. */
const BUDGET_SHARES: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  minimal: 0.3,
  low: 0.3,
  medium: 0.6,
  high: 1,
  xhigh: 1,
  max: 1,
};

/**
 * Claude's `thinking`: a budget up to 4.5, adaptive with an effort from 4.6 on. What a client says in the words of the
 * other generation is translated.
 * @throws GatewayError 400 when the output limit leaves no room for the smallest budget
 */
export function toClaudeReasoning(request: ReasoningRequest, mapping: Mapping): ReasoningPlan {
  const wanted = withThoughts(request, mapping);
  const effort = effortOf(wanted);
  const { reasoning, reasoningCanDisable } = mapping.model.capabilities;
  if (effort === undefined || (reasoning !== 'anthropic-budget' && reasoning !== 'anthropic-adaptive')) {
    return noReasoning(wanted, mapping);
  }
  if (effort === 'none') {
    if (reasoningCanDisable === false) {
      mapping.adapt(wanted.thinking === undefined ? 'reasoning_effort' : 'thinking');
      return NO_PLAN;
    }
    const isOn = reasoning === 'anthropic-adaptive' && wanted.thinking !== undefined;
    return isOn ? { ...NO_PLAN, fields: { thinking: { type: 'disabled' } } } : NO_PLAN;
  }
  const plan =
    reasoning === 'anthropic-adaptive' ? toAdaptive(wanted, effort, mapping) : toBudget(wanted, effort, mapping);
  return plan;
}

/** Who names an effort that only holds with thoughts, and says nothing of thoughts, wants them. */
function withThoughts(request: ReasoningRequest, { model }: Mapping): ReasoningRequest {
  const { effort, thinking, outputEffort } = request;
  return effort === undefined && thinking === undefined && needsThoughts(outputEffort, model)
    ? { ...request, effort: outputEffort, thinking: { type: 'adaptive' } }
    : request;
}

function toAdaptive(wanted: ReasoningRequest, effort: Effort, mapping: Mapping): ReasoningPlan {
  const { thinking } = wanted;
  const { reasoningEfforts, reasoningBudget } = mapping.model.capabilities;
  if (thinking?.type === 'enabled') {
    if (reasoningBudget) {
      return toBudget(wanted, effort, mapping);
    }
    mapping.adapt('thinking');
  }
  const saysEffort = thinking?.type !== 'adaptive' || wanted.effort !== undefined;
  return {
    fields: {
      thinking: { ...ownMembers(thinking), type: 'adaptive', ...toDisplay(thinking, mapping) },
      ...(saysEffort ? { output_config: { effort: nearestEffort(effort, reasoningEfforts) } } : {}),
    },
    isActive: true,
    sampling: 'default',
  };
}

/** What else a client says of adaptive thinking, such as `block_binding`, is for the model to judge. */
function ownMembers(thinking: Thinking | undefined): NativeFields {
  const { type, budget_tokens: _budget, display: _display, ...others } = thinking ?? { type: 'enabled' };
  return type === 'adaptive' ? others : {};
}

/** Newer models hide what they think unless asked; who asks by an effort looks for it. GovCloud takes no `display`. */
function toDisplay(thinking: Thinking | undefined, { model }: Mapping): Pick<Thinking, 'display'> {
  const isHidden = thinking === undefined && !model.capabilities.reasoningBudget && model.scope !== 'us-gov';
  const display = thinking?.display ?? (isHidden ? 'summarized' : undefined);
  return display ? { display } : {};
}

function toBudget(wanted: ReasoningRequest, effort: Effort, mapping: Mapping): ReasoningPlan {
  const { thinking, continuesToolTurnWithoutReasoning } = wanted;
  if (continuesToolTurnWithoutReasoning) {
    // Bedrock answers "Expected `thinking` …, but found `tool_use`", and plain OpenAI clients cannot send it back.
    mapping.adapt(thinking === undefined ? 'reasoning_effort' : 'thinking');
    return NO_PLAN;
  }
  const explicit = thinking?.type === 'enabled' ? thinking.budget_tokens : undefined;
  return explicit == null ? toShare(wanted, effort, mapping) : toExplicit(wanted, thinking, explicit, mapping);
}

function active(budgetTokens: number, thinking: Thinking | undefined, maxTokens?: number): ReasoningPlan {
  return {
    fields: {
      thinking: {
        type: 'enabled',
        budget_tokens: budgetTokens,
        ...(thinking?.display ? { display: thinking.display } : {}),
      },
    },
    isActive: true,
    sampling: 'default',
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
}

function toShare(wanted: ReasoningRequest, effort: Effort, mapping: Mapping): ReasoningPlan {
  const limit = wanted.maxTokens ?? roomOf(mapping);
  if (wanted.thinking?.type === 'adaptive' && limit <= BUDGET_TOKENS_MIN) {
    // It leaves it to the model whether to think, so an answer without thoughts is one of those that were asked for.
    mapping.adapt('thinking');
    return NO_PLAN;
  }
  requireRoom(limit);
  const share = effort === 'none' ? 0 : BUDGET_SHARES[effort];
  const budget = Math.min(Math.max(Math.floor(limit * share), BUDGET_TOKENS_MIN), limit - 1);
  return active(budget, wanted.thinking, wanted.maxTokens === undefined ? limit : undefined);
}

function toExplicit(
  wanted: ReasoningRequest,
  thinking: Thinking | undefined,
  budgetTokens: number,
  mapping: Mapping,
): ReasoningPlan {
  const { betas, maxTokens } = wanted;
  if (budgetTokens < BUDGET_TOKENS_MIN) {
    mapping.adapt('thinking.budget_tokens');
    return toExplicit(wanted, thinking, BUDGET_TOKENS_MIN, mapping);
  }
  const limit = maxTokens ?? defaultMaxTokens(mapping);
  // Without a limit Bedrock takes any budget that the model's own limit has room for.
  if (limit === undefined || budgetTokens < limit || betas.includes(INTERLEAVED_BETA)) {
    return active(budgetTokens, thinking);
  }
  if (maxTokens === undefined && !mapping.context.isOutputLimited) {
    const { maxOutputTokens } = mapping.model.capabilities;
    return active(budgetTokens, thinking, Math.min(budgetTokens + limit, maxOutputTokens ?? Infinity));
  }
  requireRoom(limit);
  mapping.adapt('thinking.budget_tokens');
  return active(limit - 1, thinking);
}

function roomOf(mapping: Mapping): number {
  const limit = mapping.model.capabilities.maxOutputTokens ?? DEFAULT_MAX_TOKENS;
  return defaultMaxTokens(mapping) ?? Math.min(limit, DEFAULT_MAX_TOKENS);
}

function requireRoom(maxTokens: number): void {
  if (maxTokens <= BUDGET_TOKENS_MIN) {
    throw invalidRequest(
      'max_completion_tokens',
      `Reasoning needs an output limit above ${BUDGET_TOKENS_MIN} tokens on this model.`,
      'integer_below_min_value',
    );
  }
}
