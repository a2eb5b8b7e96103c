import type { WindowShape } from './window-shape.js';

interface Bucket {
  index: number;
  amount: number;
}

/** What was taken in the last minute or day. Times are ms of one clock that never goes back. */
export class SlidingWindow {
  /** In the order of time, without gaps being kept. */
  private readonly buckets: Bucket[] = [];
  private total = 0;

  constructor(private readonly shape: WindowShape) {}

  used(nowMs: number): number {
    this.forget(nowMs);
    return this.total;
  }

  add(nowMs: number, amount: number): void {
    this.forget(nowMs);
    const index = this.indexOf(nowMs);
    const newest = this.buckets.at(-1);
    if (newest?.index === index) {
      newest.amount += amount;
    } else {
      this.buckets.push({ index, amount });
    }
    this.total += amount;
  }

  /** Gives back of what was taken at `takenAtMs`, as far as it still counts. */
  giveBack(takenAtMs: number, nowMs: number, amount: number): void {
    this.forget(nowMs);
    const index = this.indexOf(takenAtMs);
    const bucket = this.buckets.findLast((candidate) => candidate.index === index);
    if (bucket !== undefined) {
      const given = Math.min(amount, bucket.amount);
      bucket.amount -= given;
      this.total -= given;
    }
  }

  /** Ms until no more than `rest` counts, if nothing is added. */
  msUntil(nowMs: number, rest: number): number {
    this.forget(nowMs);
    let left = this.total;
    let waitMs = 0;
    for (const { index, amount } of this.buckets) {
      if (left <= rest) {
        break;
      }
      left -= amount;
      waitMs = this.endOf(index) - nowMs;
    }
    return waitMs;
  }

  private forget(nowMs: number): void {
    for (let oldest = this.buckets[0]; oldest && this.endOf(oldest.index) <= nowMs; oldest = this.buckets[0]) {
      this.total -= oldest.amount;
      this.buckets.shift();
    }
  }

  private indexOf(atMs: number): number {
    return Math.floor(atMs / this.shape.bucketMs);
  }

  /** When the bucket counts no more. */
  private endOf(index: number): number {
    return (index + this.shape.bucketCount + 1) * this.shape.bucketMs;
  }
}
