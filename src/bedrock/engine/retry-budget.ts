/** Retries that a process without traffic may make. */
const FLOOR = 5;
/** At least one more after so long, so that a lone request may be retried again. */
const REFILL_MS = 10_000;
/** Retries that may be saved up. */
const BALANCE_MAX = 100;

/**
 * Keeps retries to a share of the requests, so that a failing Bedrock is not met with a multiple of the traffic. The
 * first retries are lent: what the first requests earn pays for them.
 */
export class RetryBudget {
  private balance = FLOOR;
  private debt = FLOOR;
  private refilledAt: number;
  private earnedSince = 0;

  /**
   * @param ratio retries that a request earns, for example 0.1
   * @param now milliseconds of a clock that only rises
   */
  constructor(
    private readonly ratio: number,
    private readonly now: () => number,
  ) {
    this.refilledAt = now();
  }

  /** A request has come. */
  earn(): void {
    this.refill();
    this.earnedSince += this.ratio;
    const paid = Math.min(this.debt, this.ratio);
    this.debt -= paid;
    this.balance = Math.min(BALANCE_MAX, this.balance + this.ratio - paid);
  }

  /** Takes one retry; false when there is none left. */
  take(): boolean {
    this.refill();
    if (this.balance < 1) {
      return false;
    }
    this.balance -= 1;
    return true;
  }

  /** A retry that was taken and not made. */
  giveBack(): void {
    this.balance += 1;
  }

  /** What requests have earned in the meantime is not granted twice: that would go beyond the ratio. */
  private refill(): void {
    const periods = Math.floor((this.now() - this.refilledAt) / REFILL_MS);
    if (periods > 0) {
      const missing = periods - Math.min(1, this.earnedSince);
      this.refilledAt += periods * REFILL_MS;
      this.earnedSince = 0;
      this.balance = Math.max(this.balance, Math.min(FLOOR, this.balance + missing));
    }
  }
}
