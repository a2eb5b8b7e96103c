/** How long one outcome serves all who ask. */
const FRESH_MS = 1_000;
/** Whoever asks waits no longer. */
const WAIT_MAX_MS = 2_000;
/** A check that has not ended by now may never: its connection can be one whose other end is gone without a word. */
const GIVEN_UP_MS = 15_000;

interface Check<T> {
  readonly startedAt: number;
  readonly outcome: Promise<T>;
  endedAt?: number;
}

/** A check that anybody may ask for as often as they like: one runs at a time, for all. */
export class SharedCheck<T> {
  private last: Check<T> | undefined;

  /**
   * @param check never rejects
   * @param late the outcome while `check` takes longer than two seconds
   */
  constructor(
    private readonly check: () => Promise<T>,
    private readonly late: () => T,
  ) {}

  /** The outcome of the check that runs, or ended in the last second; resolves within two seconds. */
  ask(): Promise<T> {
    if (this.last === undefined || isOver(this.last)) this.last = this.start();
    return this.last.outcome;
  }

  private start(): Check<T> {
    const { promise: outcome, resolve } = Promise.withResolvers<T>();
    const started: Check<T> = { startedAt: performance.now(), outcome };
    void this.run(started, resolve);
    return started;
  }

  private async run(started: Check<T>, resolve: (outcome: T) => void): Promise<void> {
    const timer = setTimeout(() => resolve(this.late()), WAIT_MAX_MS).unref();
    const outcome = await this.check();
    started.endedAt = performance.now();
    clearTimeout(timer);
    resolve(outcome);
  }
}

function isOver({ startedAt, endedAt }: Check<unknown>): boolean {
  const now = performance.now();
  return endedAt === undefined ? now - startedAt >= GIVEN_UP_MS : now - endedAt >= FRESH_MS;
}
