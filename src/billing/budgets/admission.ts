import type { KeyPrincipal } from '../../auth/principal.js';
import type { AttemptTarget } from '../../bedrock/upstream-attempt.js';

/** What one request can use at most; the reservation is only as good as these bounds. */
export interface SpendBound {
  /** No fewer tokens than the whole prompt has. A byte of text is never more than a token. */
  promptTokensMax: number;
  /** Output limit of one attempt; null when neither the request nor the model has one. */
  outputTokensMax: number | null;
  /** Attempts that can be billed: the number of choices. */
  attemptsMax: number;
}

/** What a request holds in its budgets until it has ended. */
export interface Reservation {
  /** Null when no hard budget applies: there is nothing to hold. */
  readonly id: string | null;
  /** Gives back what was not used. Call it when every attempt is durable; repeating it changes nothing. */
  release(): Promise<void>;
}

/** Decides whether a request may cost what it can cost at most. */
export abstract class Admission {
  /**
   * Reserves in every hard budget that applies, or in none. Throws 429 `insufficient_quota` naming the budget that
   * refused, 403 for a model without a price, 400 without an output limit, 503 while the database is away.
   */
  abstract admit(
    principal: Pick<KeyPrincipal, 'tenantId' | 'tenantName' | 'keyId' | 'keyName'>,
    requestId: string,
    target: AttemptTarget,
    bound: SpendBound,
  ): Promise<Reservation>;
}
