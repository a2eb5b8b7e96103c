import { RecordingLedger } from '../../../test/support/recording-ledger.js';
import { openUsageEvent, usageEvent } from '../../../test/support/usage-samples.js';
import { ObservedUsageLedger } from './observed-usage-ledger.js';

function setUp() {
  const ledger = new RecordingLedger();
  const told: string[] = [];
  const observer = { began: () => told.push('began'), settled: () => told.push('settled') };
  return { ledger, told, observed: new ObservedUsageLedger(ledger, [observer]) };
}

describe(ObservedUsageLedger.name, () => {
  it('tells how attempts begin and end', async () => {
    const { told, observed } = setUp();
    await observed.open(openUsageEvent()).durable;
    await observed.settle(usageEvent());
    expect(told).toEqual(['began', 'settled']);
  });

  it('tells nothing of an attempt that the ledger refuses', () => {
    const { ledger, told, observed } = setUp();
    ledger.refusal = new Error('full');
    expect(() => observed.open(openUsageEvent())).toThrow('full');
    expect(told).toEqual([]);
  });
});
