import type { AttemptObserver } from './attempt-observer.js';
import type { OpenUsageEvent, RatedUsageEvent } from './usage-event.js';
import { UsageLedger, type Intent } from './usage-ledger.js';

/** A ledger that tells others what is written to it. */
export class ObservedUsageLedger extends UsageLedger {
  constructor(
    private readonly ledger: UsageLedger,
    private readonly observers: readonly AttemptObserver[],
  ) {
    super();
  }

  override open(event: OpenUsageEvent): Intent {
    const intent = this.ledger.open(event);
    for (const observer of this.observers) observer.began(event);
    return intent;
  }

  override hurry(): void {
    this.ledger.hurry();
  }

  override settle(event: RatedUsageEvent): Promise<void> {
    for (const observer of this.observers) observer.settled(event);
    return this.ledger.settle(event);
  }
}
