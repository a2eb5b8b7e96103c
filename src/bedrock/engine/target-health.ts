import { CircuitBreaker } from './circuit-breaker.js';

/** How long a target that cannot serve at all is left alone while another can: its quota of a day, or its end of life. */
const UNUSABLE_MS = 60_000;
/** The longest that one answer's `retry-after` keeps other requests away. */
const REST_MS_MAX = 60_000;
/** More targets than any account has; ids of clients must not fill the memory. */
const TARGETS_MAX = 1_000;

/** What is known of one target. */
export class TargetHealth {
  readonly breaker: CircuitBreaker;
  private unusableUntil = Number.NEGATIVE_INFINITY;
  private restsUntil = Number.NEGATIVE_INFINITY;

  constructor(
    failuresMax: number,
    private readonly now: () => number,
  ) {
    this.breaker = new CircuitBreaker(failuresMax, now);
  }

  /** Whether another target is to be preferred. From time to time one caller is told no, and finds out. */
  isUnusable(): boolean {
    if (this.restsUntil > this.now()) {
      return true;
    }
    if (this.unusableUntil === Number.NEGATIVE_INFINITY) {
      return false;
    }
    if (this.unusableUntil > this.now()) {
      return true;
    }
    this.unusableUntil = this.now() + UNUSABLE_MS;
    return false;
  }

  serves(): void {
    this.unusableUntil = Number.NEGATIVE_INFINITY;
    this.restsUntil = Number.NEGATIVE_INFINITY;
  }

  /** It asks to be left alone for so long. */
  rests(ms: number): void {
    this.restsUntil = this.now() + Math.min(REST_MS_MAX, ms);
  }

  servesNothing(): void {
    this.unusableUntil = this.now() + UNUSABLE_MS;
  }
}

/** The health of every target that was called, by its key. */
export class TargetHealthBook {
  private readonly targets = new Map<string, TargetHealth>();

  constructor(
    private readonly failuresMax: number,
    private readonly now: () => number,
  ) {}

  get circuitsOpen(): number {
    return [...this.targets.values()].filter(({ breaker }) => breaker.pauseLeftMs > 0).length;
  }

  of(key: string): TargetHealth {
    let health = this.targets.get(key);
    if (health === undefined) {
      const [oldest] = this.targets.keys();
      if (oldest !== undefined && this.targets.size >= TARGETS_MAX) {
        this.targets.delete(oldest);
      }
      health = new TargetHealth(this.failuresMax, this.now);
      this.targets.set(key, health);
    }
    return health;
  }
}
