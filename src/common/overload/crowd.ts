/** A crowd that has not become smaller in this time is no burst. */
const LOOK_MS = 1_500;

/** Tells a burst, which ends by itself, from more than can be served. */
export class Crowd {
  private isCrowded = false;
  private isStanding = false;
  private lookedAtMs = 0;
  private size = 0;

  /** @param sizeMin more than so many are a crowd */
  constructor(private readonly sizeMin: number) {}

  /** Whether so many stand there for good. Call it often, as long as anybody waits. */
  stands(size: number, nowMs: number): boolean {
    if (size <= this.sizeMin) {
      this.isCrowded = false;
      this.isStanding = false;
    } else if (!this.isCrowded) {
      this.isCrowded = true;
      this.look(Number.POSITIVE_INFINITY, nowMs);
    } else if (!this.isStanding && nowMs - this.lookedAtMs >= LOOK_MS) {
      this.isStanding = size >= this.size;
      this.look(size, nowMs);
    }
    return this.isStanding;
  }

  private look(size: number, nowMs: number): void {
    this.size = size;
    this.lookedAtMs = nowMs;
  }
}
