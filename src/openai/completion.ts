import type { CompletionUsage } from './chat-completion.js';

export interface CompletionChoice {
  /** Counts all choices of the first prompt, then those of the next. */
  index: number;
  text: string;
  logprobs: null;
  /** Null in the chunks of a stream before its choice's last. */
  finish_reason: 'stop' | 'length' | 'content_filter' | null;
}

/**
 * Answer of `POST /v1/completions`, and each chunk of its stream.
 * https://platform.openai.com/docs/api-reference/completions/object
 */
export interface Completion {
  id: string;
  object: 'text_completion';
  /** Unix time in seconds. */
  created: number;
  model: string;
  choices: CompletionChoice[];
  usage?: CompletionUsage | null;
}
