interface Batch<T> {
  /** `performance.now()` of its first entry. */
  begunAt: number;
  entries: T[];
  written: PromiseWithResolvers<void>;
}

/**
 * Writes entries together: what arrives while one write runs goes into the next. No timer: at idle an entry waits
 * one turn of the event loop, under load the batches grow by themselves.
 */
export class GroupCommit<T> {
  private readonly batches: Batch<T>[] = [];
  private running: Promise<void> | undefined;
  private writing: Batch<T> | undefined;
  private shortest = Number.POSITIVE_INFINITY;

  /** @param write answers whether the time that it took is a measure for those to come */
  constructor(
    private readonly write: (entries: T[]) => Promise<boolean>,
    private readonly batchMax: number,
  ) {}

  /** Entries that are not written yet, apart from those of the write that is running. */
  get waiting(): number {
    return this.batches.reduce((sum, batch) => sum + batch.entries.length, 0);
  }

  /** Milliseconds since the oldest entry came that is not written yet; 0 when there is none. */
  get lagMs(): number {
    const oldest = this.writing ?? this.batches[0];
    return oldest === undefined ? 0 : performance.now() - oldest.begunAt;
  }

  /** Milliseconds of the fastest write so far that was a measure; 0 before the first. */
  get shortestMs(): number {
    return Number.isFinite(this.shortest) ? this.shortest : 0;
  }

  /** Resolves when the entry's batch is written and rejects when that write fails. */
  add(entry: T): Promise<void> {
    let batch = this.batches.at(-1);
    if (!batch || batch.entries.length >= this.batchMax) {
      batch = { begunAt: performance.now(), entries: [], written: Promise.withResolvers() };
      this.batches.push(batch);
    }
    batch.entries.push(entry);
    this.running ??= this.run();
    return batch.written.promise;
  }

  /** Resolves when nothing is waiting. */
  async drain(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    await new Promise(setImmediate);
    for (let batch = this.batches.shift(); batch; batch = this.batches.shift()) {
      this.writing = batch;
      const begunAt = performance.now();
      try {
        const isMeasure = await this.write(batch.entries);
        if (isMeasure) this.shortest = Math.min(this.shortest, performance.now() - begunAt);
        batch.written.resolve();
      } catch (error) {
        batch.written.reject(error);
      }
    }
    this.writing = undefined;
    this.running = undefined;
  }
}
