import { randomUUID } from 'node:crypto';
import type { TokenUsage } from '../upstream-attempt.js';

/** What the mapping of a request leaves for the answer to do. */
export interface AnswerWays {
  /** The tool that stands for `response_format`: its input is the answer's content. */
  jsonTool?: string;
  /** The content is JSON that a model may have put into a code fence. */
  isJson?: boolean;
  /** No value of the schema is an object of `properties` alone; a model that gives one means what is inside. */
  unwrapsJson?: boolean;
  /** Tools that the gateway added only because Bedrock wants some; calls of them are not the client's. */
  placeholderTools?: ReadonlySet<string>;
  /** The client's name of a tool by the name that was sent, for those that Bedrock's pattern does not allow. */
  toolNames?: ReadonlyMap<string, string>;
  /** Names of the tools that were sent, for a model that may write more than one of them. */
  offeredNames?: ReadonlySet<string>;
  /** The client wants one call; a model that cannot be told may give more. */
  firstCallOnly?: boolean;
  /** The client offered `functions`, so a call is a `function_call`. */
  legacyCall?: boolean;
  /** Stop sequences that the model does not take: the content ends before the first. */
  stopSequences?: readonly string[];
}

/** What the mapping back needs to know of the request. */
export interface AnswerContext extends AnswerWays {
  /** `chatcmpl-…`, one for the whole answer. */
  id: string;
  /** Unix time in seconds. */
  created: number;
  /** The model as the client is told. */
  model: string;
  /** Position among the `n` choices; 0 when absent. */
  choiceIndex?: number;
}

/** What Bedrock said at the end of an answer. */
export interface AnswerSummary {
  /** Undefined when Bedrock reported none. */
  usage: TokenUsage | undefined;
  stopReason: string | undefined;
  /** Searches that a tool inside Bedrock made: they are billed beside the tokens. */
  searches: number;
  /** The tier that served the call, in Bedrock's words. */
  serviceTier: string | undefined;
  /** Bedrock's own measurement. */
  latencyMs: number | undefined;
}

export interface StreamContext extends AnswerContext {
  /** `stream_options.include_usage`. */
  includeUsage: boolean;
  /**
   * Called once when Bedrock has said everything. The finish chunk waits for it, so that no client sees the end of an
   * answer whose ledger event is not durable; a rejection ends the stream as a failure.
   */
  onComplete(summary: AnswerSummary): Promise<void>;
}

/** A new `chatcmpl-…` id with 122 random bits. */
export function newCompletionId(): string {
  return `chatcmpl-${randomUUID().replaceAll('-', '')}`;
}
