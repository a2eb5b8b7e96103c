interface Batch<T> {
  entries: T[];
  /** `performance.now()` at which it is to be written; with patient entries only, that lies ahead. */
  dueAt: number;
  written: PromiseWithResolvers<void>;
}

/**
 * Writes entries together: what arrives while one write runs goes into the next. At idle an entry waits one turn of the
 * event loop, under load the batches grow by themselves. A patient entry waits for others to be written with, for so long at most.
 */
export class GroupCommit<T> {
  private readonly batches: Batch<T>[] = [];
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private writing: Batch<T> | undefined;
  private shortest = Number.POSITIVE_INFINITY;

  /** @param write answers whether the time that it took is a measure for those to come */
  constructor(
    private readonly write: (entries: T[]) => Promise<boolean>,
    private readonly batchMax: number,
    private readonly patienceMs: number,
  ) {}

  /** Entries that are not written yet, apart from those of the write that is running. */
  get waiting(): number {
    return this.batches.reduce((sum, batch) => sum + batch.entries.length, 0);
  }

  /** Milliseconds for which the oldest entry that is not written yet has been due; 0 when none is. */
  get lagMs(): number {
    const oldest = this.writing ?? this.batches[0];
    return oldest === undefined ? 0 : Math.max(0, performance.now() - oldest.dueAt);
  }

  /** Milliseconds of the fastest write so far that was a measure; 0 before the first. */
  get shortestMs(): number {
    return Number.isFinite(this.shortest) ? this.shortest : 0;
  }

  /** Resolves when the entry's batch is written and rejects when that write fails. */
  add(entry: T): Promise<void> {
    const written = this.put(entry, performance.now());
    this.start();
    return written;
  }

  /** As `add`, for an entry that nobody waits for yet. */
  addPatiently(entry: T): Promise<void> {
    const written = this.put(entry, performance.now() + this.patienceMs);
    if (this.running === undefined) this.wait();
    return written;
  }

  /** Lets nothing that is there wait for others. */
  hurry(): void {
    const last = this.batches.at(-1);
    if (last === undefined) return;
    last.dueAt = Math.min(last.dueAt, performance.now());
    this.start();
  }

  /** Resolves when nothing is waiting. */
  async drain(): Promise<void> {
    for (this.hurry(); this.running !== undefined; this.hurry()) await this.running;
  }

  private put(entry: T, dueAt: number): Promise<void> {
    let batch = this.batches.at(-1);
    if (batch === undefined || batch.entries.length >= this.batchMax) {
      batch = { entries: [], dueAt, written: Promise.withResolvers() };
      this.batches.push(batch);
    }
    batch.entries.push(entry);
    batch.dueAt = Math.min(batch.dueAt, dueAt);
    return batch.written.promise;
  }

  private wait(): void {
    this.timer ??= setTimeout(() => this.start(), this.patienceMs);
  }

  private start(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    await new Promise(setImmediate);
    do {
      const batch = this.batches.shift();
      if (batch === undefined) break;
      this.writing = batch;
      const begunAt = performance.now();
      try {
        const isMeasure = await this.write(batch.entries);
        if (isMeasure) this.shortest = Math.min(this.shortest, performance.now() - begunAt);
        batch.written.resolve();
      } catch (error) {
        batch.written.reject(error);
      }
    } while (this.isDue());
    this.writing = undefined;
    this.running = undefined;
    if (this.batches.length > 0) this.wait();
  }

  private isDue(): boolean {
    const now = performance.now();
    return this.batches.some(({ dueAt }) => dueAt <= now);
  }
}
