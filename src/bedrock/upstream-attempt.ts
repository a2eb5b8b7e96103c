import type { Owner } from '../common/overload/fair-queue.js';

/** What Bedrock reported. A class that it did not report is null, never 0. */
export interface TokenUsage {
  /** Prompt tokens that were neither read from nor written to the cache. */
  inputTokens: number | null;
  outputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWrite5mTokens: number | null;
  cacheWrite1hTokens: number | null;
}

/**
 * What is billed that is no token: a rerank query of up to 100 documents, an image, 1,000 characters of a guardrail, or
 * the call itself.
 */
export type UnitKind = 'query' | 'image' | 'text_unit' | 'request';

/** Where one attempt goes. */
export interface AttemptTarget {
  operation: 'chat' | 'embeddings' | 'rerank' | 'moderation';
  /** The model as the client named it. */
  requestedModel: string;
  /** The id or ARN that is sent to Bedrock. */
  resolvedModel: string;
  /** The base model behind an ARN that does not name it, and its scope, for example `eu` or `in-region`. */
  behind?: { model: string; scope: string } | undefined;
  family: string;
  region: string;
  /** Bedrock's service tier where the request names one: it has a price of its own. */
  serviceTier?: string | undefined;
  streamed: boolean;
  /** How the answer is to be made, as far as Bedrock is told. For traces: the ledger does not keep it. */
  inference?: Inference | undefined;
  /** The client's name of the answer, where it has one. For traces, too. */
  answerId?: string;
}

/** Converse's `inferenceConfig`, of which more may be set. */
export interface Inference {
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
}

/** `client_gone` is a finished attempt whose client had left; its usage is what Bedrock reported. */
export type AttemptOutcome = 'success' | 'error' | 'truncated' | 'client_gone';

/** How one attempt ended. */
export interface AttemptResult {
  outcome: AttemptOutcome;
  /** Absent when Bedrock reported nothing. */
  usage?: TokenUsage;
  /** Absent where only tokens are billed. */
  units?: { kind: UnitKind; count: number };
  awsRequestId?: string;
  /** HTTP status of Bedrock's answer, where there was one. */
  statusCode?: number;
  /** AWS exception name, for example `ThrottlingException`. */
  errorCode?: string;
  /** From the start of the attempt to the first byte of its answer. */
  firstByteMs?: number;
  /** Why the model ended, in Bedrock's words. For traces: the ledger does not keep it. */
  stopReason?: string | undefined;
}

/** The most that one attempt can be billed for; null where no bound is known. */
export interface SpendBound {
  promptTokensMax: number | null;
  outputTokensMax: number | null;
  /**
   * What limits of tokens count until the usage is known, which is no bound. Absent: half of the prompt's bound and all
   * of the output's.
   */
  expectedTokens?: number | undefined;
  /** What Bedrock counts against the account's quota when the call begins. Absent: what is expected. */
  reservedTokens?: number | undefined;
  /** What is billed beside or instead of tokens, exactly. */
  units?: AttemptResult['units'] | undefined;
}

/** One attempt in flight. */
export interface UpstreamAttempt {
  /** Resolves when the attempt's intent is durable; await it before the first byte goes to the client. */
  durable(): Promise<void>;
  /** Ends the attempt. Resolves when its one ledger event is durable; a second call changes nothing. */
  settle(result: AttemptResult): Promise<void>;
}

/**
 * What the upstream side asks of metering: every attempt that reaches Bedrock is begun here first and settled
 * once. One meter belongs to one client request.
 */
export interface AttemptMeter {
  /** Among whom a scarce quota is shared. */
  readonly owner: Owner;
  /** Aborts when the answer is not to be read on; a client that merely leaves does not abort it. */
  readonly signal: AbortSignal;
  /**
   * Asks whether one attempt may be made, and reserves what it can cost at most. Answers the meter to begin that
   * attempt on; the next attempt is admitted for itself. `bound` is asked only where a hard budget or a limit of tokens
   * applies.
   * @throws GatewayError 429 `insufficient_quota`, 429 `rate_limit_exceeded` and others; see `Admission`
   */
  admit(target: AttemptTarget, bound: () => SpendBound): Promise<AttemptMeter>;
  /**
   * When it returns, the attempt is recorded and may be made.
   * @throws GatewayError 403 for a key under a hard budget when the attempt was not admitted, 503 when the ledger cannot
   * take it
   */
  begin(target: AttemptTarget): UpstreamAttempt;
}
