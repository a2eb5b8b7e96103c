import { RecordingLedger } from '../../../test/support/recording-ledger.js';
import { openUsageEvent, TARGET, usageEvent } from '../../../test/support/usage-samples.js';
import type { AttemptObserver } from './attempt-observer.js';
import { ObservedUsageLedger } from './observed-usage-ledger.js';

function setUp() {
  const ledger = new RecordingLedger();
  const told: unknown[] = [];
  const observer: AttemptObserver = {
    began: (_, target) => told.push('began', target),
    settled: (_, result) => told.push('settled', result),
  };
  return { ledger, told, observed: new ObservedUsageLedger(ledger, [observer]) };
}

describe(ObservedUsageLedger.name, () => {
  it('tells how attempts begin and end', async () => {
    const { told, observed } = setUp();
    await observed.open(openUsageEvent(), TARGET).durable;
    await observed.settle(usageEvent(), { outcome: 'success', stopReason: 'end_turn' });
    expect(told).toEqual(['began', TARGET, 'settled', { outcome: 'success', stopReason: 'end_turn' }]);
  });

  it('tells nothing of an attempt that the ledger refuses', () => {
    const { ledger, told, observed } = setUp();
    ledger.refusal = new Error('full');
    expect(() => observed.open(openUsageEvent())).toThrow('full');
    expect(told).toEqual([]);
  });
});
