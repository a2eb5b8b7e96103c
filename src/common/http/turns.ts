import type { NextFunction, Request, Response } from 'express';

/** About 2 ms of work each, so a turn of the event loop stays well below what a stream's reader would notice. */
const STARTS_PER_TURN = 8;

/**
 * Lets a burst of requests begin a few per turn of the event loop. All of them in one turn would keep every stream
 * that is already running silent until the last one is on its way. Order is kept.
 */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  private started = 0;
  private isScheduled = false;

  constructor(private readonly startsPerTurn: number = STARTS_PER_TURN) {}

  /** Calls `start` now or in one of the next turns. */
  take(start: () => void): void {
    if (this.waiting.length > 0 || this.started === this.startsPerTurn) {
      this.waiting.push(start);
    } else {
      this.started += 1;
      start();
    }
    this.schedule();
  }

  private schedule(): void {
    if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(() => this.nextTurn());
    }
  }

  private nextTurn(): void {
    this.isScheduled = false;
    const starts = this.waiting.splice(0, this.startsPerTurn);
    this.started = starts.length;
    if (starts.length > 0) {
      this.schedule();
    }
    for (const start of starts) {
      start();
    }
  }
}

/** The middleware of one server. */
export function takeTurns(turns = new Turns()) {
  return (_request: Request, _response: Response, next: NextFunction): void => turns.take(() => next());
}
