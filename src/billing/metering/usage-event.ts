import type { AttemptOutcome, UnitKind } from '../../bedrock/upstream-attempt.js';
import type { PriceSubject } from '../pricing/price.js';
import type { Rating } from '../pricing/rate.js';

/** `lost`: the process died before it learned the outcome; written by the sweep. */
export type UsageOutcome = AttemptOutcome | 'lost';

/** What is known of an upstream attempt when it begins. Names are snapshots, so that a report never loses them. */
export interface OpenUsageEvent extends PriceSubject {
  tenantId: string;
  /** UUIDv7, made once per attempt: replaying the event changes nothing. */
  id: string;
  /** ISO 8601 in UTC; part of the primary key, so it never changes. */
  occurredAt: string;
  tenantName: string;
  keyId: string;
  keyName: string;
  /** Labels of tenant and key at that moment. */
  tags: Readonly<Record<string, string>>;
  /** On whose behalf the tenant's application called: kept, hashed or null, as the tenant's policy says. */
  endUser: string | null;
  requestId: string;
  /** 1 for the first attempt of a request. */
  attempt: number;
  operation: string;
  requestedModel: string;
  resolvedModel: string;
  family: string;
  region: string;
  streamed: boolean;
  /** The reservation that the cost is taken from; null where no hard budget applies. */
  reservationId: string | null;
}

/** One settled upstream attempt: what the ledger keeps forever. A token class that was not reported is null, never 0. */
export interface UsageEvent extends OpenUsageEvent {
  outcome: UsageOutcome;
  awsRequestId: string | null;
  statusCode: number | null;
  errorCode: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWrite5mTokens: number | null;
  cacheWrite1hTokens: number | null;
  /** What was billed beside tokens; both are absent where only tokens are. */
  unitKind?: UnitKind;
  unitCount?: number;
  /** False when Bedrock reported no usage at all. */
  usageReported: boolean;
  /** True when amounts are a bound instead of a report. */
  estimated: boolean;
  latencyMs: number | null;
  firstByteMs: number | null;
  settledAt: string;
}

/** An event with the prices and the cost that it was rated at. */
export type RatedUsageEvent = UsageEvent & Rating;
