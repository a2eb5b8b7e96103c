import { FairQueue, type Owner } from '../../common/overload/fair-queue.js';
import type { QuotaAmounts } from '../../quotas/account-quota.js';
import type { Part } from '../../quotas/share-out.js';
import { RefillingLevel } from './refilling-level.js';

/** Requests that wait for one quota; one more, and the newest of the busiest owner is refused. */
const WAITING_MAX = 1_000;

/** Longer than this no timer runs: those of Node end at once beyond 24 days, which a deep debt can take. */
const LOOK_MS = 60_000;

export interface Clock {
  /** Milliseconds of a clock that only rises. */
  now(): number;
  /** Answers what cancels it. */
  after(ms: number, run: () => void): () => void;
}

interface Waiting {
  cost: number;
  end(isGranted: boolean): void;
}

/** The quota of one model in one region: what is left of it, and who waits for it. */
export class QuotaBucket {
  private readonly tokens: RefillingLevel;
  private readonly requests: RefillingLevel;
  private readonly queue = new FairQueue<Waiting>();
  private queuedTokens = 0;
  private cancelTimer: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly waitingMax = WAITING_MAX,
  ) {
    const now = () => clock.now();
    this.tokens = new RefillingLevel(now);
    this.requests = new RefillingLevel(now);
  }

  get waiting(): number {
    return this.queue.size;
  }

  /** What is waited for. */
  get queued(): { tokens: number; requests: number } {
    return { tokens: this.queuedTokens, requests: this.queue.size };
  }

  /** What was taken and has not filled again. */
  get missing(): { tokens: number; requests: number } {
    return { tokens: this.tokens.missing, requests: this.requests.missing };
  }

  /** @param part of the quota that this process has */
  setAmounts({ tokensPerMinute, requestsPerMinute }: QuotaAmounts, part: Part): void {
    setRate(this.tokens, tokensPerMinute, part.rate, part.tokens);
    setRate(this.requests, requestsPerMinute, part.rate, part.requests);
    this.serve();
  }

  /** Takes one request at once; false when it would have to wait. */
  take(tokens: number): boolean {
    if (this.queue.size > 0 || this.msUntil(tokens) > 0) {
      return false;
    }
    this.spend(tokens);
    return true;
  }

  /** Waits for its turn. False when that did not come in time, or too many wait. */
  wait(owner: Owner, tokens: number, waitMs: number, left: AbortSignal): Promise<boolean> {
    if (left.aborted) {
      return Promise.resolve(false);
    }
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const giveUp = () => {
      this.queue.remove(owner, entry);
      entry.end(false);
      this.serve();
    };
    const cancel = this.clock.after(waitMs, giveUp);
    // Where only requests are counted, every one of them is worth the same.
    const entry: Waiting = {
      cost: Math.max(1, tokens),
      end: (isGranted) => {
        cancel();
        left.removeEventListener('abort', giveUp);
        this.queuedTokens -= tokens;
        if (isGranted) {
          this.spend(tokens);
        }
        resolve(isGranted);
      },
    };
    this.queuedTokens += tokens;
    left.addEventListener('abort', giveUp, { once: true });
    this.queue.push(owner, entry);
    if (this.queue.size > this.waitingMax) {
      this.queue.dropNewest()?.end(false);
    }
    this.serve();
    return promise;
  }

  /** What was taken and not used. Negative: more was used. */
  giveBack(tokens: number, requests = 0): void {
    this.tokens.take(-tokens);
    this.requests.take(-requests);
    this.serve();
  }

  /** About how long a new request would wait. */
  msToTurn(tokens: number): number {
    return Math.max(this.tokens.msUntil(tokens + this.queuedTokens), this.requests.msUntil(1 + this.queue.size));
  }

  private msUntil(tokens: number): number {
    return Math.max(this.tokens.msUntil(tokens), this.requests.msUntil(1));
  }

  private spend(tokens: number): void {
    this.tokens.take(tokens);
    this.requests.take(1);
  }

  private serve(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    for (let next = this.queue.peek(); next !== undefined; next = this.queue.peek()) {
      const waitMs = this.msUntil(next.cost);
      if (waitMs > 0) {
        this.cancelTimer = this.clock.after(Math.min(waitMs, LOOK_MS), () => this.serve());
        return;
      }
      this.queue.takeOldest()?.end(true);
    }
  }
}

function setRate(level: RefillingLevel, perMinute: number | null, rate: number, capacity: number): void {
  if (perMinute === null) level.setRate(null, 1);
  else level.setRate(perMinute * rate, perMinute * capacity);
}
