/** Why calls to a target fail: by what it answers, or because it sends too much away. */
export type FailureKind = 'fault' | 'throttled';

/** Leave to make one attempt; to be ended by exactly one of its methods. */
export interface Permit {
  /** The target has answered, be it with a refusal. */
  answered(): void;
  failed(kind: FailureKind): void;
  /** Given up before the target could show anything. */
  abandoned(): void;
}

/**
 * Throttling is also what a target in good health does at its limit, and then every tenth call may pass: so it takes
 * five times as many in a row before nothing is sent at all.
 */
const WEIGHTS: Readonly<Record<FailureKind, number>> = { fault: 5, throttled: 1 };
const OPEN_MS = 1_000;
/** Also the longest that a probe keeps others away, so that a target is found well again within 5 s. */
const OPEN_MS_MAX = 4_000;

/**
 * Stops calling a target that only fails. After a pause one probe goes through: if it is answered, the circuit is
 * closed, else the pause is doubled.
 */
export class CircuitBreaker {
  private weight = 0;
  /** Null while the circuit is closed. */
  private retryAt: number | null = null;
  /** The last one, as long as the circuit is open: one before it that hung decides nothing any more. */
  private probe: symbol | null = null;
  private pauseMs = OPEN_MS;
  private last: FailureKind = 'fault';

  /**
   * @param failuresMax faults in a row that open the circuit; 0 never opens it
   * @param now milliseconds of a clock that only rises
   */
  constructor(
    private readonly failuresMax: number,
    private readonly now: () => number,
  ) {}

  /** What opened the circuit. */
  get lastFailure(): FailureKind {
    return this.last;
  }

  /** Milliseconds until an attempt is let through; 0 when one is now. */
  get pauseLeftMs(): number {
    return this.retryAt === null ? 0 : Math.max(0, this.retryAt - this.now());
  }

  /** Null while the circuit is open. */
  enter(): Permit | null {
    if (this.retryAt === null) {
      return this.permit(null);
    }
    if (this.pauseLeftMs > 0) {
      return null;
    }
    this.retryAt = this.now() + OPEN_MS_MAX;
    this.probe = Symbol('probe');
    return this.permit(this.probe);
  }

  private permit(probe: symbol | null): Permit {
    const isProbe = () => probe !== null && probe === this.probe;
    return {
      answered: () => this.close(),
      failed: (kind) => this.fail(kind, isProbe()),
      abandoned: () => {
        if (isProbe()) {
          this.retryAt = this.now();
        }
      },
    };
  }

  private close(): void {
    this.weight = 0;
    this.retryAt = null;
    this.probe = null;
    this.pauseMs = OPEN_MS;
  }

  private fail(kind: FailureKind, isProbe: boolean): void {
    this.weight += WEIGHTS[kind];
    this.last = kind;
    if (isProbe) {
      this.pauseMs = Math.min(OPEN_MS_MAX, this.pauseMs * 2);
      this.retryAt = this.now() + this.pauseMs;
    } else if (this.retryAt === null && this.failuresMax > 0 && this.weight >= this.failuresMax * WEIGHTS.fault) {
      this.retryAt = this.now() + this.pauseMs;
    }
  }
}
