import type { KeyPrincipal } from '../../auth/principal.js';
import type { AttemptTarget, SpendBound } from '../../bedrock/upstream-attempt.js';

/** Who pays. */
export interface Payer extends Pick<KeyPrincipal, 'tenantId' | 'tenantName' | 'keyId' | 'keyName' | 'tags'> {
  /** On whose behalf, as the ledger stores it. */
  endUser: string | null;
}

/** What an attempt holds in its budgets until it has failed or its request has ended. */
export interface Reservation {
  /** Null when no hard budget applies: there is nothing to hold. */
  readonly id: string | null;
  /** What an attempt is taken to have cost when that is not known: all that was reserved. */
  readonly picoUsd: bigint;
  /** Gives back what was not used. Call it when every attempt is durable; repeating it changes nothing. */
  release(): Promise<void>;
}

/** Decides whether a call may cost what it can cost at most. */
export abstract class Admission {
  /** Whether a hard budget applies to such a call, so that it must be admitted first. */
  abstract isRequired(payer: Payer, target: AttemptTarget): boolean;

  /**
   * Reserves in every hard budget that applies, or in none. Throws 429 `insufficient_quota` naming the budget that
   * refused, 403 for a model without a price, 400 where nothing bounds the cost, 503 while the database is away.
   */
  abstract admit(payer: Payer, requestId: string, target: AttemptTarget, bound: () => SpendBound): Promise<Reservation>;
}
