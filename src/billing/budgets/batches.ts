import { inTime, Late } from '../../common/in-time.js';

interface Waiting<T, R> {
  entry: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/**
 * Does for many at once what each would ask of the database by itself: what comes while one batch of a key runs goes into
 * its next. At idle an entry waits one turn of the event loop, and for a database that is silent two timeouts at most.
 */
export class Batches<T, R> {
  private readonly lines = new Map<string, Waiting<T, R>[]>();

  /**
   * @param run answers in the order of the entries; what it throws concerns all of them, and it has done nothing then
   * @param late told what became of a batch after all whose entries were told that it took too long
   */
  constructor(
    private readonly run: (key: string, entries: readonly T[]) => Promise<readonly R[]>,
    private readonly limits: { batchMax: number; timeoutMs: number },
    private readonly late: (key: string, entries: readonly T[], results: readonly R[]) => void = () => undefined,
  ) {}

  /**
   * What `run` answers for the entry.
   * @throws Late, and what `run` throws
   */
  add(key: string, entry: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const line = this.lines.get(key);
      if (line === undefined) {
        this.lines.set(key, [{ entry, resolve, reject }]);
        setImmediate(() => void this.work(key));
      } else {
        line.push({ entry, resolve, reject });
      }
    });
  }

  private async work(key: string): Promise<void> {
    const line = this.lines.get(key) ?? [];
    while (line.length > 0) {
      await this.serve(key, line.splice(0, this.limits.batchMax));
    }
    this.lines.delete(key);
  }

  /** One that fails takes no other with it: then each is tried by itself. */
  private async serve(key: string, batch: readonly Waiting<T, R>[]): Promise<void> {
    const entries = batch.map(({ entry }) => entry);
    const running = this.run(key, entries);
    try {
      const results = await inTime(running, this.limits.timeoutMs, 'The database');
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as R);
    } catch (error) {
      if (error instanceof Late) {
        running.then(
          (results) => this.late(key, entries, results),
          () => undefined,
        );
        for (const { reject } of batch) reject(error);
      } else if (batch.length === 1) batch[0]?.reject(error);
      else for (const waiting of batch) await this.serve(key, [waiting]);
    }
  }
}
