/** How often is looked how large a crowd is. */
const LOOK_MS = 2_000;
/** A burst becomes smaller by this from one look to the next at least: it would be gone in ten seconds. */
const SHRINKS_TO = 0.8;

/**
 * Tells a burst, which ends by itself, from more than can be served. What comes again soon after that is no burst either.
 */
export class Crowd {
  private isCrowded = false;
  private isStanding = false;
  private lookedAtMs = 0;
  private size = 0;
  private stoodAtMs = Number.NEGATIVE_INFINITY;

  /** @param sizeMin more than so many are a crowd */
  constructor(private readonly sizeMin: number) {}

  /** Whether so many stand there for good. Call it often, as long as anybody waits. */
  stands(size: number, nowMs: number): boolean {
    if (size <= this.sizeMin) {
      this.isCrowded = false;
      this.isStanding = false;
    } else if (!this.isCrowded) {
      this.isCrowded = true;
      this.isStanding = nowMs - this.stoodAtMs < LOOK_MS;
      this.look(Number.POSITIVE_INFINITY, nowMs);
    } else if (!this.isStanding && nowMs - this.lookedAtMs >= LOOK_MS) {
      this.isStanding = size > this.size * SHRINKS_TO;
      this.look(size, nowMs);
    }
    if (this.isStanding) this.stoodAtMs = nowMs;
    return this.isStanding;
  }

  private look(size: number, nowMs: number): void {
    this.size = size;
    this.lookedAtMs = nowMs;
  }
}
