import type { Mapping } from './mapping.js';
import type { ReasoningPlan, ReasoningRequest } from './reasoning/reasoning-plan.js';
import type { Extensions } from './to-extensions.js';

/** Where Claude's own answer tells its thinking tokens, which Converse's usage does not. */
const THINKING_TOKENS_PATH = '/usage/output_tokens_details';
/** Converse's own limit. */
const PATHS_MAX = 10;

/**
 * The response paths of a request. Who asks Claude to reason in OpenAI's words gets OpenAI's count of reasoning tokens,
 * too; Anthropic's words are sent as they came.
 */
export function toResponsePaths(
  { additionalModelResponseFieldPaths: own = [] }: Extensions,
  { thinking }: ReasoningRequest,
  { isActive }: ReasoningPlan,
  { model }: Mapping,
): string[] | undefined {
  const wants = model.provider === 'anthropic' && isActive && thinking === undefined && own.length < PATHS_MAX;
  const paths = wants ? [...new Set([...own, THINKING_TOKENS_PATH])] : own;
  return paths.length > 0 ? paths : undefined;
}

/** Thinking tokens among the native fields of an answer; undefined when the model did not tell. */
export function thinkingTokensOf(nativeFields: unknown): number | undefined {
  const details = memberOf(memberOf(nativeFields, 'usage'), 'output_tokens_details');
  const tokens = memberOf(details, 'thinking_tokens');
  return typeof tokens === 'number' ? tokens : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
