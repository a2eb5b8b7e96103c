import type { AttemptResult, AttemptTarget } from '../../bedrock/upstream-attempt.js';
import type { OpenUsageEvent, RatedUsageEvent } from './usage-event.js';

/** A record that the ledger has accepted. */
export interface Intent {
  /** Resolves when it is durable. */
  readonly durable: Promise<void>;
}

/**
 * The append-only record of every upstream attempt. A record is durable when it is committed in PostgreSQL or, while
 * that is away, fsynced in a local journal. Both methods may be repeated; an attempt has one event. What stands behind the event is for
 * observers, and not kept.
 */
export abstract class UsageLedger {
  /**
   * Records that an attempt begins. From its return on, before the record is durable, it outlives a kill of this
   * process: the attempt may be made.
   * @throws GatewayError 503 when too many records wait to become durable: the attempt must not be made
   */
  abstract open(event: OpenUsageEvent, target?: AttemptTarget): Intent;

  /** Makes what is open durable as soon as it can be. Without it, that may wait for a moment. */
  abstract hurry(): void;

  /**
   * Records how an attempt ended and closes what `open` recorded. Resolves when that is durable. Never fails because the
   * database is away.
   */
  abstract settle(event: RatedUsageEvent, result?: AttemptResult): Promise<void>;
}
