const MINUTE_MS = 60_000;

/** A token bucket that is full at first. Without a rate it never runs short. */
export class RefillingLevel {
  private perMinute: number | null = null;
  private capacity = 1;
  private level = 0;
  private filledAt: number;

  /** @param now milliseconds of a clock that only rises */
  constructor(private readonly now: () => number) {
    this.filledAt = now();
  }

  /** What has been taken and has not filled again. */
  get missing(): number {
    this.refill();
    return this.perMinute === null ? 0 : this.capacity - this.level;
  }

  /** What is missing stays missing; a level without a rate before is full. It holds at least 1. */
  setRate(perMinute: number | null, capacity: number): void {
    if (perMinute === this.perMinute && capacity === this.capacity) {
      return;
    }
    const { missing } = this;
    this.perMinute = perMinute;
    this.capacity = Math.max(1, capacity);
    this.level = this.capacity - missing;
  }

  /** Until so much can be taken. More than the level can ever hold may be taken when it is full. */
  msUntil(amount: number): number {
    if (this.perMinute === null) {
      return 0;
    }
    this.refill();
    const missing = Math.min(amount, this.capacity) - this.level;
    return missing <= 0 ? 0 : Math.ceil((missing * MINUTE_MS) / this.perMinute);
  }

  /** May go below nothing. A negative amount is given back. */
  take(amount: number): void {
    this.refill();
    this.level = Math.min(this.capacity, this.level - amount);
  }

  private refill(): void {
    const now = this.now();
    const gained = ((this.perMinute ?? 0) * (now - this.filledAt)) / MINUTE_MS;
    this.level = Math.min(this.capacity, this.level + gained);
    this.filledAt = now;
  }
}
