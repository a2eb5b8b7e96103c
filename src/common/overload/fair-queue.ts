/** Whose request it is. */
export interface Owner {
  id: string;
  /** Its share beside the other owners'; 1 or more. */
  weight: number;
}

interface Costly {
  cost: number;
}

interface Line<T> {
  weight: number;
  /** The oldest first. */
  entries: T[];
  /** What the owner has been served, in cost for its weight; a late comer begins where the others are. */
  served: number;
}

/**
 * Waiting requests of different cost. The next is that of the owner that was served the least for its weight, so that
 * owners share by cost, and neither many requests nor large ones gain anything (start-time fair queueing).
 */
export class FairQueue<T extends Costly> {
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

  /** The next of `takeOldest`. */
  peek(): T | undefined {
    return this.next('first')?.entries[0];
  }

  takeOldest(): T | undefined {
    const line = this.next('first');
    return this.serve(line, line?.entries.shift());
  }

  /** The newest of the owner whose turn it is, and of owners that are level that of the one that came last. */
  takeNewest(): T | undefined {
    const line = this.next('last');
    return this.serve(line, line?.entries.pop());
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
    return this.drop(this.longest()?.entries.pop());
  }

  /** Takes out the oldest of the owner that has the most waiting for its weight. */
  dropOldest(): T | undefined {
    return this.drop(this.longest()?.entries.shift());
  }

  /** Takes out those at the front of each line that are to go, at most so many. */
  dropWhere(isToGo: (entry: T) => boolean, countMax: number): T[] {
    const dropped: T[] = [];
    for (const { entries } of this.lines.values()) {
      for (let [oldest] = entries; oldest !== undefined && isToGo(oldest); [oldest] = entries) {
        if (dropped.length === countMax) return dropped;
        dropped.push(oldest);
        this.drop(entries.shift());
      }
    }
    return dropped;
  }

  private serve(line: Line<T> | undefined, entry: T | undefined): T | undefined {
    if (line !== undefined && entry !== undefined) {
      this.reached = line.served;
      line.served += entry.cost / line.weight;
      this.count -= 1;
      this.forgetIdle();
    }
    return entry;
  }

  private drop(entry: T | undefined): T | undefined {
    this.count -= entry === undefined ? 0 : 1;
    return entry;
  }

  /** Of those that were served the least: the line that began to wait first, or last. */
  private next(of: 'first' | 'last'): Line<T> | undefined {
    let least: Line<T> | undefined;
    for (const line of this.lines.values()) {
      if (line.entries.length === 0) continue;
      const isLess = least === undefined || line.served < least.served;
      if (isLess || (of === 'last' && line.served === least?.served)) least = line;
    }
    return least;
  }

  private longest(): Line<T> | undefined {
    let longest: Line<T> | undefined;
    for (const line of this.lines.values()) {
      if (longest === undefined || line.entries.length / line.weight > longest.entries.length / longest.weight) {
        longest = line;
      }
    }
    return longest;
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
