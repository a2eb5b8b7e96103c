import type { AppliedLimit } from './rate-limit.js';

/** What a call asks of one limit: tokens, or 1 for a request. */
export interface Claim {
  limit: AppliedLimit;
  amount: number;
}

/** A window as it stands. */
export interface LimitState {
  limit: AppliedLimit;
  used: number;
  /** Ms until nothing of what counts now counts any more. */
  resetMs: number;
}

/** Claims that were granted, to be corrected or given back where they were taken. */
export interface Taken {
  granted: true;
  /** Where it is counted. */
  counts: LimitCounts;
  /** By the clock of that place. */
  atMs: number;
  states: LimitState[];
}

/** Nothing was taken of any limit. */
export interface Refused {
  granted: false;
  by: Claim;
  used: number;
  /** Infinite when the claim is larger than the limit. */
  retryAfterMs: number;
  states: LimitState[];
}

/** What is counted in one place. */
export interface LimitCounts {
  /**
   * Adds to what counts, or gives back (amounts below 0) of what was taken at `takenAtMs`. Answers the new states, in
   * the order of the corrections, or none when they cannot be made. Never throws.
   */
  correct(corrections: readonly Claim[], takenAtMs: number): Promise<LimitState[]>;

  /** Ends what is held under the lease. Never throws; repeating it changes nothing. */
  release(limits: readonly AppliedLimit[], leaseId: string): Promise<void>;
}

/** Counts what is used of the limits. */
export abstract class LimitStore {
  /** Where it counts: in this process, for all replicas, or in this process because the shared place is away. */
  abstract readonly place: 'memory' | 'redis' | 'fallback';

  /**
   * Takes all claims or none. A claim on requests at the same time is held under `leaseId` until it is released, or
   * until this process has died.
   */
  abstract take(claims: readonly Claim[], leaseId: string): Promise<Taken | Refused>;
}
