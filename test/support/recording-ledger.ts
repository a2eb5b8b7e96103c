import type { OpenUsageEvent, UsageEvent } from '../../src/billing/metering/usage-event.js';
import { UsageLedger } from '../../src/billing/metering/usage-ledger.js';

/** A ledger that remembers what it was told; `durable` holds every answer back until it resolves. */
export class RecordingLedger extends UsageLedger {
  readonly opened: OpenUsageEvent[] = [];
  readonly settled: UsageEvent[] = [];
  durable: Promise<void> = Promise.resolve();
  hurries = 0;

  override open(event: OpenUsageEvent): Promise<void> {
    this.opened.push(event);
    return this.durable;
  }

  override hurry(): void {
    this.hurries += 1;
  }

  override settle(event: UsageEvent): Promise<void> {
    this.settled.push(event);
    return this.durable;
  }
}
