import { limitExceeded } from './limit-exceeded.js';
import type { Claim, LimitStore, Refused, Taken } from './limit-store.js';
import type { AppliedLimit } from './rate-limit.js';
import { TokenHold, type LimitObserver } from './token-hold.js';

/** Told what becomes of a request's claims. */
export interface RequestObserver {
  states: LimitObserver;
  refused(refused: Refused): void;
}

/** What the request itself has taken, beside the tokens of its calls. */
interface Entry {
  taken: Taken;
  counted: readonly Claim[];
  slots: readonly AppliedLimit[];
}

/**
 * The limits of one client request. It counts once as a request, whatever number of calls it needs; its tokens count
 * call by call, as expected when a call is admitted and as reported when it has ended.
 */
export class RequestLimits {
  private entering: Promise<Taken> | undefined;
  private entry: Entry | null = null;
  private readonly holds: TokenHold[] = [];
  private isReleased = false;

  constructor(
    private readonly store: LimitStore,
    private readonly limitsOf: (model: string) => readonly AppliedLimit[],
    private readonly requestId: string,
    private readonly observer: RequestObserver,
  ) {}

  /**
   * Takes what a call of the model needs of every limit, or of none.
   * @throws GatewayError 429 `rate_limit_exceeded`
   */
  async admit(model: string, expectedTokens: () => number): Promise<TokenHold> {
    const limits = this.limitsOf(model);
    if (limits.length === 0) {
      return TokenHold.NONE;
    }
    const tokenLimits = limits.filter(({ kind }) => kind === 'tokens');
    const tokens = tokenLimits.length === 0 ? 0 : expectedTokens();
    const claims = tokenLimits.map((limit): Claim => ({ limit, amount: tokens }));
    const first = this.entering === undefined;
    this.entering ??= this.enter(limits, claims);
    const entered = await this.entering;
    const taken = first || claims.length === 0 ? entered : await this.take(claims);
    const hold = new TokenHold(taken, tokenLimits, tokens, this.observer.states);
    this.holds.push(hold);
    return hold;
  }

  /** Ends the request's place among those at the same time; repeating it changes nothing. */
  async release(): Promise<void> {
    this.isReleased = true;
    const { entry } = this;
    if (entry !== null && entry.slots.length > 0) {
      const { slots } = entry;
      entry.slots = [];
      await entry.taken.counts.release(slots, this.requestId);
    }
  }

  /** Gives back what no call to Bedrock was made for. Resolves when everything is corrected. */
  async close(): Promise<void> {
    await Promise.all([this.release(), this.forgo(), ...this.holds.map((hold) => hold.close())]);
  }

  /** The first call takes for the request, too. */
  private async enter(limits: readonly AppliedLimit[], tokenClaims: readonly Claim[]): Promise<Taken> {
    const own = limits.filter(({ kind }) => kind !== 'tokens').map((limit): Claim => ({ limit, amount: 1 }));
    const taken = await this.take([...own, ...tokenClaims]);
    this.entry = {
      taken,
      counted: own.filter(({ limit }) => limit.window !== ''),
      slots: own.flatMap(({ limit }) => (limit.window === '' ? [limit] : [])),
    };
    if (this.isReleased) {
      await this.release();
    }
    return taken;
  }

  private async take(claims: readonly Claim[]): Promise<Taken> {
    const verdict = await this.store.take(claims, this.requestId);
    if (!verdict.granted) {
      this.observer.refused(verdict);
      throw limitExceeded(verdict);
    }
    this.observer.states(verdict.states);
    return verdict;
  }

  /** A request of which nothing reached Bedrock does not count. */
  private async forgo(): Promise<void> {
    const { entry } = this;
    if (entry === null || entry.counted.length === 0 || this.holds.some(({ hasBegun }) => hasBegun)) {
      return;
    }
    const corrections = entry.counted.map(({ limit, amount }) => ({ limit, amount: -amount }));
    entry.counted = [];
    this.observer.states(await entry.taken.counts.correct(corrections, entry.taken.atMs));
  }
}
