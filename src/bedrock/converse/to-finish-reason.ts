import type { FinishReason } from '../../openai/chat-completion.js';

/** Claude's native `refusal` is not among Converse's documented values and is expected all the same. */
const FILTERED = new Set(['guardrail_intervened', 'content_filtered', 'refusal']);
const CUT_SHORT = new Set(['max_tokens', 'model_context_window_exceeded']);
const MALFORMED = new Set(['malformed_model_output', 'malformed_tool_use']);

/**
 * OpenAI's word for a stop reason of Converse. A call of a tool makes it `tool_calls` whatever Bedrock says, since
 * some models call a tool and report `end_turn`, and agents look at nothing else. New stop reasons read as `stop`.
 * @param callsTools whether the answer calls a tool of the client
 */
export function toFinishReason(stopReason: string | undefined, callsTools: boolean): FinishReason {
  if (stopReason !== undefined) {
    if (CUT_SHORT.has(stopReason)) {
      return 'length';
    }
    if (FILTERED.has(stopReason)) {
      return 'content_filter';
    }
    if (MALFORMED.has(stopReason)) {
      return 'stop';
    }
  }
  return callsTools ? 'tool_calls' : 'stop';
}

/** The stop reason itself, where `finish_reason` hides that the answer may be unusable. */
export function toNativeFinishReason(stopReason: string | undefined): string | undefined {
  return stopReason !== undefined && MALFORMED.has(stopReason) ? stopReason : undefined;
}
