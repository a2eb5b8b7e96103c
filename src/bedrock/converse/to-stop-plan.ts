import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { Mapping } from './mapping.js';

/** Who ends an answer at which stop sequences. */
export interface StopPlan {
  /** Sent to Bedrock. */
  native: string[];
  /** Not taken by the model, so the gateway cuts the answer. */
  emulated: string[];
}

/** OpenAI's `stop` as this model takes it. An empty text stops nothing. */
export function toStopPlan(
  stop: ChatRequest['stop'],
  takesStopSequence: (sequence: string) => boolean,
  { model, adapt }: Mapping,
): StopPlan {
  const sequences = (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((sequence) => sequence !== '');
  const isNative = (sequence: string) => model.capabilities.stopSequences && takesStopSequence(sequence);
  const emulated = sequences.filter((sequence) => !isNative(sequence));
  if (emulated.length > 0) {
    adapt('stop');
  }
  return { native: sequences.filter(isNative).map((sequence) => sequence.toWellFormed()), emulated };
}
