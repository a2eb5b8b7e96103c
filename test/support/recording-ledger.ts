import type { OpenUsageEvent, UsageEvent } from '../../src/billing/metering/usage-event.js';
import { UsageLedger, type Intent } from '../../src/billing/metering/usage-ledger.js';

/** A ledger that remembers what it was told; `durable` holds every answer back until it resolves, `refusal` is thrown. */
export class RecordingLedger extends UsageLedger {
  readonly opened: OpenUsageEvent[] = [];
  readonly settled: UsageEvent[] = [];
  durable: Promise<void> = Promise.resolve();
  refusal: Error | undefined;
  hurries = 0;

  override open(event: OpenUsageEvent): Intent {
    if (this.refusal !== undefined) throw this.refusal;
    this.opened.push(event);
    return { durable: this.durable };
  }

  override hurry(): void {
    this.hurries += 1;
  }

  override settle(event: UsageEvent): Promise<void> {
    this.settled.push(event);
    return this.durable;
  }
}
