import type { OpenUsageEvent, RatedUsageEvent } from './usage-event.js';

/**
 * The append-only record of every upstream attempt. Both methods resolve when the record is durable: committed in
 * PostgreSQL or, while that is away, fsynced in a local journal. Both may be repeated; an attempt has one event.
 */
export abstract class UsageLedger {
  /**
   * Records that an attempt has begun. From its return on, before it resolves, the record outlives a kill of this
   * process: the attempt may be made. Rejects with 503 when too many records wait to become durable.
   */
  abstract open(event: OpenUsageEvent): Promise<void>;

  /** Makes what is open durable as soon as it can be. Without it, that may wait for a moment. */
  abstract hurry(): void;

  /** Records how an attempt ended and closes what `open` recorded. Never fails because the database is away. */
  abstract settle(event: RatedUsageEvent): Promise<void>;
}
