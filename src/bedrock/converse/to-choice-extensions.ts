import type { ChatCompletionChoice } from '../../openai/chat-completion.js';
import type { AnswerState } from './answer-state.js';
import { toNativeFinishReason } from './to-finish-reason.js';

type ChoiceExtensions = Pick<ChatCompletionChoice, 'native_finish_reason' | 'additionalModelResponseFields' | 'trace'>;

/** What is known at the end of an answer and has no place in OpenAI's choice; each only where there is something. */
export function toChoiceExtensions(state: AnswerState): ChoiceExtensions {
  const extensions: ChoiceExtensions = {};
  const reason = toNativeFinishReason(state);
  if (reason !== undefined) {
    extensions.native_finish_reason = reason;
  }
  if (state.nativeFields !== undefined) {
    extensions.additionalModelResponseFields = state.nativeFields;
  }
  if (state.guardrailTrace !== undefined) {
    extensions.trace = { guardrail: withoutArns(state.guardrailTrace) };
  }
  return extensions;
}

/** An ARN holds the id of the account. */
function withoutArns(trace: unknown): unknown {
  return JSON.parse(JSON.stringify(trace, (key, value: unknown) => (key === 'guardrailArn' ? undefined : value)));
}
