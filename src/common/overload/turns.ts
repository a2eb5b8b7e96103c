import { FairQueue, type Owner } from './fair-queue.js';

/** About 2 ms of work each, so a turn of the event loop stays well below what a stream's reader would notice. */
const STARTS_PER_TURN = 8;
/** A turn this long is full of the work of requests that run; those that wait are started one by one then. */
const LONG_TURN_MS = 20;
/** While requests are being refused, those that have waited longer than this are, too: they would be answered late. */
const LATE_MS = 250;
/** Requests are being refused for this long after the last refusal. */
const SHEDDING_MS = 1_000;

interface Waiting {
  sinceMs: number;
  start: () => void;
  refuse: () => void;
}

export interface TurnsOptions {
  /** Most requests that wait; one more, and the oldest of the busiest owner is refused. */
  waitingMax: number;
  startsPerTurn?: number;
  now?: () => number;
}

/**
 * Lets requests begin a few per turn of the event loop. All of a burst in one turn would keep every stream that is
 * already running silent until the last one is on its way. What arrives faster than it can be served waits, and is
 * refused early when too much waits: work for an answer that comes too late would be taken from the others.
 */
export class Turns {
  private readonly queue = new FairQueue<Waiting>();
  private readonly waitingMax: number;
  private readonly startsPerTurn: number;
  private readonly now: () => number;
  private started = 0;
  private isScheduled = false;
  private scheduledAt = 0;
  private refusedAt = Number.NEGATIVE_INFINITY;

  constructor({ waitingMax, startsPerTurn = STARTS_PER_TURN, now = () => performance.now() }: TurnsOptions) {
    this.waitingMax = waitingMax;
    this.startsPerTurn = startsPerTurn;
    this.now = now;
  }

  get waiting(): number {
    return this.queue.size;
  }

  /** Calls `start` now or in one of the next turns, or `refuse` when it cannot be served in time. */
  take(owner: Owner, start: () => void, refuse: () => void): void {
    if (this.queue.size > 0 || this.started === this.startsPerTurn) {
      this.queue.push(owner, { sinceMs: this.now(), start, refuse });
      if (this.queue.size > this.waitingMax) this.refuse(this.queue.dropOldest());
    } else {
      this.started += 1;
      start();
    }
    this.schedule();
  }

  private schedule(): void {
    if (!this.isScheduled) {
      this.isScheduled = true;
      this.scheduledAt = this.now();
      setImmediate(() => this.nextTurn());
    }
  }

  private nextTurn(): void {
    this.isScheduled = false;
    const isLong = this.now() - this.scheduledAt > LONG_TURN_MS;
    const starts = this.takeWaiting(isLong ? 1 : this.startsPerTurn);
    this.started = starts.length;
    if (starts.length > 0 || this.queue.size > 0) {
      this.schedule();
    }
    for (const { start } of starts) {
      start();
    }
  }

  private takeWaiting(count: number): Waiting[] {
    const starts: Waiting[] = [];
    const now = this.now();
    for (let next = this.queue.take(); next !== undefined; next = this.queue.take()) {
      const isLate = now - this.refusedAt < SHEDDING_MS && now - next.sinceMs > LATE_MS;
      if (isLate) this.refuse(next);
      else if (starts.push(next) === count) break;
    }
    return starts;
  }

  private refuse(waiting: Waiting | undefined): void {
    this.refusedAt = this.now();
    waiting?.refuse();
  }
}
