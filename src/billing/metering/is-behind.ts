/** Fewer would make writes so small that the database does less. */
const WAITING_MAX = 64;
/** A write that is running and the next one take less than this where both are as fast as the fastest. */
const WRITES_MAX = 3;
const LAG_MS_MAX = 25;

export interface WriteQueue {
  /** Entries for the writes after the one that is running. */
  waiting: number;
  /** Age of the oldest entry that is not written. */
  lagMs: number;
  /** The fastest write to the database so far. */
  shortestMs: number;
}

/** Whether entries come faster than they are written, by the pace that the database has shown to be able to keep. */
export function isBehind({ waiting, lagMs, shortestMs }: WriteQueue): boolean {
  return waiting > WAITING_MAX && lagMs > Math.max(LAG_MS_MAX, WRITES_MAX * shortestMs);
}
