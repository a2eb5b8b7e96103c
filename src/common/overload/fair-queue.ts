/** Whose request it is. */
export interface Owner {
  id: string;
  /** How many of its requests are taken in one round; 1 or more. */
  weight: number;
}

interface Line<T> {
  weight: number;
  entries: T[];
  /** What is left of its turn. */
  credit: number;
}

/** Beyond this many the newest are served first: the oldest have waited so long that their clients may be gone. */
const IN_ORDER_MAX = 64;

/** Waiting requests, a line for each owner. Owners take turns by their weight, so that none can keep the others out. */
export class FairQueue<T> {
  private readonly lines = new Map<string, Line<T>>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  push({ id, weight }: Owner, entry: T): void {
    let line = this.lines.get(id);
    if (line === undefined) {
      line = { weight, entries: [], credit: weight };
      this.lines.set(id, line);
    }
    line.entries.push(entry);
    this.count += 1;
  }

  /** The next to be served. */
  take(): T | undefined {
    const [next] = this.lines;
    if (next === undefined) return undefined;
    const [id, line] = next;
    const entry = line.entries.length > IN_ORDER_MAX ? line.entries.pop() : line.entries.shift();
    this.count -= 1;
    line.credit -= 1;
    if (line.entries.length === 0 || line.credit <= 0) this.lines.delete(id);
    if (line.entries.length > 0 && line.credit <= 0) {
      line.credit = line.weight;
      this.lines.set(id, line);
    }
    return entry;
  }

  /** Takes out the oldest of the owner that has the most waiting for its weight. */
  dropOldest(): T | undefined {
    let longest: [string, Line<T>] | undefined;
    for (const [id, line] of this.lines) {
      if (longest === undefined || relativeLength(line) > relativeLength(longest[1])) longest = [id, line];
    }
    if (longest === undefined) return undefined;
    const [id, line] = longest;
    this.count -= 1;
    const entry = line.entries.shift();
    if (line.entries.length === 0) this.lines.delete(id);
    return entry;
  }
}

function relativeLength<T>({ entries, weight }: Line<T>): number {
  return entries.length / weight;
}
