import type { FinishReason } from '../../openai/chat-completion.js';
import type { AnswerState } from './answer-state.js';

/** Claude's native `refusal` is not among Converse's documented values and is expected all the same. */
const FILTERED = new Set(['guardrail_intervened', 'content_filtered', 'refusal']);
const CUT_SHORT = new Set(['max_tokens', 'model_context_window_exceeded']);
const MALFORMED = new Set(['malformed_model_output', 'malformed_tool_use']);

/**
 * OpenAI's word for the end of an answer. A call of a tool makes it `tool_calls` whatever Bedrock says, since some
 * models call a tool and report `end_turn`, and agents look at nothing else. New stop reasons read as `stop`.
 */
export function toFinishReason({ summary, stop, toolCalls, context }: AnswerState): FinishReason {
  const { stopReason = '' } = summary;
  if (FILTERED.has(stopReason)) {
    return 'content_filter';
  }
  if (CUT_SHORT.has(stopReason) && !stop.isStopped) {
    return 'length';
  }
  if (toolCalls === 0 || MALFORMED.has(stopReason)) {
    return 'stop';
  }
  return context.legacyCall ? 'function_call' : 'tool_calls';
}

/** Why the answer may be unusable, where `finish_reason` hides it. */
export function toNativeFinishReason({ summary, imageFailed }: AnswerState): string | undefined {
  const { stopReason } = summary;
  if (stopReason !== undefined && MALFORMED.has(stopReason)) {
    return stopReason;
  }
  return imageFailed ? 'image_error' : undefined;
}
