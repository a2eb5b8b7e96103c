/** A block of an answer, in the wire's own shape. */
export type ReplyBlock =
  | { text: string }
  | { toolUse: { toolUseId: string; name: string; input: unknown } }
  | { reasoningContent: { reasoningText: { text: string; signature?: string } } | { redactedContent: string } };

/** `usage` as the wire has it. */
export interface WireUsage {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  cacheDetails?: { ttl: '5m' | '1h'; inputTokens: number }[];
  [legacy: string]: unknown;
}

/** One answer, before it is written as a body or as a stream. */
export interface Reply {
  blocks: readonly ReplyBlock[];
  stopReason: string;
  /** Undefined when the script asks for an answer without usage. */
  usage: WireUsage | undefined;
  latencyMs: number;
  /** Members of the answer beside the message: service tier, latency, trace. */
  extras: Readonly<Record<string, unknown>>;
  additionalModelResponseFields?: Readonly<Record<string, unknown>>;
}
