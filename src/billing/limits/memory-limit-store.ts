import type { AppliedLimit } from './rate-limit.js';
import { LimitStore, type Claim, type LimitCounts, type LimitState, type Refused, type Taken } from './limit-store.js';
import { SlidingWindow } from './sliding-window.js';
import { WINDOW_SHAPES } from './window-shape.js';

/** How often counters that count nothing are forgotten. */
const SWEEP_MS = 60_000;

/** Counts in this process. */
export class MemoryLimitStore extends LimitStore implements LimitCounts {
  override readonly place = 'memory';
  private readonly windows = new Map<string, SlidingWindow>();
  private readonly leases = new Map<string, Set<string>>();
  private sweptAtMs: number;

  constructor(private readonly now: () => number = () => performance.now()) {
    super();
    this.sweptAtMs = now();
  }

  override take(claims: readonly Claim[], leaseId: string): Promise<Taken | Refused> {
    const nowMs = this.now();
    this.sweep(nowMs);
    const refused = this.refusal(claims, nowMs);
    if (refused !== null) {
      return Promise.resolve(refused);
    }
    for (const { limit, amount } of claims) {
      if (limit.window === '') {
        this.leasesOf(limit).add(leaseId);
      } else {
        this.windowOf(limit, limit.window).add(nowMs, amount);
      }
    }
    return Promise.resolve({ granted: true, counts: this, atMs: nowMs, states: this.states(claims, nowMs) });
  }

  correct(corrections: readonly Claim[], takenAtMs: number): Promise<LimitState[]> {
    const nowMs = this.now();
    for (const { limit, amount } of corrections) {
      if (limit.window !== '' && amount > 0) {
        this.windowOf(limit, limit.window).add(nowMs, amount);
      } else if (limit.window !== '') {
        this.windows.get(limit.counter)?.giveBack(takenAtMs, nowMs, -amount);
      }
    }
    return Promise.resolve(this.states(corrections, nowMs));
  }

  release(limits: readonly AppliedLimit[], leaseId: string): Promise<void> {
    for (const { counter } of limits) {
      const leases = this.leases.get(counter);
      if (leases?.delete(leaseId) && leases.size === 0) {
        this.leases.delete(counter);
      }
    }
    return Promise.resolve();
  }

  /** Of several refusals, the one that lasts longest. */
  private refusal(claims: readonly Claim[], nowMs: number): Refused | null {
    let refused: Omit<Refused, 'states'> | null = null;
    for (const claim of claims) {
      const { limit, amount } = claim;
      const window = limit.window === '' ? null : this.windowOf(limit, limit.window);
      const used = window?.used(nowMs) ?? this.leases.get(limit.counter)?.size ?? 0;
      if (amount === 0 || used + amount <= limit.amount) {
        continue;
      }
      const retryAfterMs = amount > limit.amount ? Infinity : (window?.msUntil(nowMs, limit.amount - amount) ?? 0);
      if (refused === null || retryAfterMs > refused.retryAfterMs) {
        refused = { granted: false, by: claim, used, retryAfterMs };
      }
    }
    return refused && { ...refused, states: this.states(claims, nowMs) };
  }

  private states(claims: readonly Claim[], nowMs: number): LimitState[] {
    const states: LimitState[] = [];
    for (const { limit } of claims) {
      if (limit.window !== '') {
        const window = this.windowOf(limit, limit.window);
        states.push({ limit, used: window.used(nowMs), resetMs: window.msUntil(nowMs, 0) });
      }
    }
    return states;
  }

  private windowOf({ counter }: AppliedLimit, kind: keyof typeof WINDOW_SHAPES): SlidingWindow {
    let window = this.windows.get(counter);
    if (window === undefined) {
      window = new SlidingWindow(WINDOW_SHAPES[kind]);
      this.windows.set(counter, window);
    }
    return window;
  }

  private leasesOf({ counter }: AppliedLimit): Set<string> {
    let leases = this.leases.get(counter);
    if (leases === undefined) {
      leases = new Set();
      this.leases.set(counter, leases);
    }
    return leases;
  }

  private sweep(nowMs: number): void {
    if (nowMs - this.sweptAtMs < SWEEP_MS) {
      return;
    }
    this.sweptAtMs = nowMs;
    for (const [counter, window] of this.windows) {
      if (window.used(nowMs) === 0) {
        this.windows.delete(counter);
      }
    }
  }
}
