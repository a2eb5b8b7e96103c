import type { Claim, LimitState, Taken } from './limit-store.js';
import type { AppliedLimit } from './rate-limit.js';

/** Told how limits stand, each time that it is learned. */
export type LimitObserver = (states: readonly LimitState[]) => void;

/** What one call, with its retries, holds in the limits of tokens. */
export class TokenHold {
  /** Of a call to which no such limit applies. */
  static readonly NONE = new TokenHold(null, [], 0, () => undefined);

  private begun = false;
  private readonly corrections: Promise<void>[] = [];

  constructor(
    private readonly taken: Taken | null,
    private readonly limits: readonly AppliedLimit[],
    private heldTokens: number,
    private readonly observe: LimitObserver,
  ) {}

  get hasBegun(): boolean {
    return this.begun;
  }

  /** From here on, what is held may have been used. */
  begin(): void {
    this.begun = true;
  }

  /** Corrects what was expected to what an attempt used. Null is not known: then all that is held counts as used. */
  settle(tokens: number | null): void {
    const correction = (tokens ?? this.heldTokens) - this.heldTokens;
    this.heldTokens = 0;
    if (this.taken !== null && this.limits.length > 0 && correction !== 0) {
      const claims = this.limits.map((limit): Claim => ({ limit, amount: correction }));
      this.corrections.push(this.taken.counts.correct(claims, this.taken.atMs).then(this.observe));
    }
  }

  /** Gives back what no attempt was made for. Resolves when every correction is made. */
  async close(): Promise<void> {
    if (!this.begun) {
      this.settle(0);
    }
    await Promise.all(this.corrections);
  }
}
