import type { Owner } from '../../common/overload/fair-queue.js';

interface Costly {
  cost: number;
}

interface Line<T> {
  weight: number;
  entries: T[];
  /** What the owner has been served, in cost for its weight; a late comer begins where the others are. */
  served: number;
}

/**
 * Waiting requests of very different cost. The next is that of the owner that was served the least for its weight, so
 * that owners share by cost, and neither many requests nor large ones gain anything (start-time fair queueing).
 */
export class CostQueue<T extends Costly> {
  private readonly lines = new Map<string, Line<T>>();
  private reached = 0;
  private count = 0;

  get size(): number {
    return this.count;
  }

  push({ id, weight }: Owner, entry: T): void {
    const line = this.lines.get(id) ?? { weight, entries: [], served: 0 };
    if (line.entries.length === 0) {
      line.served = Math.max(line.served, this.reached);
    }
    line.weight = weight;
    line.entries.push(entry);
    this.lines.set(id, line);
    this.count += 1;
  }

  peek(): T | undefined {
    return this.next()?.entries[0];
  }

  take(): T | undefined {
    const line = this.next();
    const entry = line?.entries.shift();
    if (line === undefined || entry === undefined) {
      return undefined;
    }
    this.reached = line.served;
    line.served += entry.cost / line.weight;
    this.count -= 1;
    this.forgetIdle();
    return entry;
  }

  /** Takes out one that does not wait any longer; it was not served. */
  remove({ id }: Owner, entry: T): void {
    const entries = this.lines.get(id)?.entries ?? [];
    const index = entries.indexOf(entry);
    if (index >= 0) {
      entries.splice(index, 1);
      this.count -= 1;
      this.forgetIdle();
    }
  }

  /** Takes out the newest of the owner that has the most waiting for its weight. */
  dropNewest(): T | undefined {
    let longest: Line<T> | undefined;
    for (const line of this.lines.values()) {
      if (longest === undefined || line.entries.length / line.weight > longest.entries.length / longest.weight) {
        longest = line;
      }
    }
    const entry = longest?.entries.pop();
    this.count -= entry === undefined ? 0 : 1;
    return entry;
  }

  private next(): Line<T> | undefined {
    let least: Line<T> | undefined;
    for (const line of this.lines.values()) {
      if (line.entries.length > 0 && (least === undefined || line.served < least.served)) {
        least = line;
      }
    }
    return least;
  }

  /** An owner that is ahead of the others is remembered, so that it does not gain by having one request at a time. */
  private forgetIdle(): void {
    for (const [id, { entries, served }] of this.lines) {
      if (entries.length === 0 && (this.count === 0 || served <= this.reached)) {
        this.lines.delete(id);
      }
    }
  }
}
