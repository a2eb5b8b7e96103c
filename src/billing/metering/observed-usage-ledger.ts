import type { AttemptResult, AttemptTarget } from '../../bedrock/upstream-attempt.js';
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

  override open(event: OpenUsageEvent, target?: AttemptTarget): Intent {
    const intent = this.ledger.open(event);
    for (const observer of this.observers) observer.began(event, target);
    return intent;
  }

  override hurry(): void {
    this.ledger.hurry();
  }

  override settle(event: RatedUsageEvent, result?: AttemptResult): Promise<void> {
    for (const observer of this.observers) observer.settled(event, result);
    return this.ledger.settle(event);
  }
}
