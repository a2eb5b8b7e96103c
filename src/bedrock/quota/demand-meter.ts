import type { Owner } from '../../common/overload/fair-queue.js';
import type { Demand } from '../../quotas/share-out.js';

/** About as long as demand is remembered: shares must neither follow every request nor lag behind a change. */
const REMEMBERED_MS = 10_000;
/** Longer than requests wait by default, and than between two of a client that is kept waiting. */
const OWNER_MS = 30_000;
const MINUTE_MS = 60_000;
/** Below this nobody has asked for a while. */
const DEMAND_MIN = 1e-4;

/** What is wanted of one quota in this process: by the minute, as a part of the whole, and by whom. */
export class DemandMeter {
  private asked = 0;
  private perMinute = 0;
  private readAt: number;
  private readonly owners = new Map<string, { weight: number; seenAt: number }>();

  /** @param now milliseconds of a clock that only rises */
  constructor(private readonly now: () => number) {
    this.readAt = now();
  }

  /** @param part of the quota of a minute */
  note(part: number, { id, weight }: Owner): void {
    this.asked += part;
    this.owners.set(id, { weight, seenAt: this.now() });
  }

  /** `waiting` is the part that is waited for. The demand is 0 when nobody wants anything any more. */
  read(waiting: number): Pick<Demand, 'demand' | 'weight'> {
    const now = this.now();
    const elapsedMs = Math.max(1, now - this.readAt);
    const kept = Math.exp(-elapsedMs / REMEMBERED_MS);
    this.perMinute = this.perMinute * kept + ((this.asked * MINUTE_MS) / elapsedMs) * (1 - kept);
    this.asked = 0;
    this.readAt = now;
    let weight = 0;
    for (const [id, owner] of this.owners) {
      if (now - owner.seenAt > OWNER_MS) this.owners.delete(id);
      else weight += owner.weight;
    }
    const demand = this.perMinute + waiting;
    return { demand: demand < DEMAND_MIN ? 0 : demand, weight };
  }
}
