import { Logger } from '@nestjs/common';
import type { DurableWriter } from './durable-writer.js';
import type { LedgerStore } from './ledger-store.js';
import { LedgerUpkeep } from './ledger-upkeep.js';

const { jest } = import.meta;
Logger.overrideLogger(false);
const LEASE_MS = 12_000;

/** A database that takes everything, and the calls to it in their order. */
function setUp(steps: { replay?: () => Promise<boolean>; fold?: () => Promise<void>; renewed?: Promise<void> }) {
  const calls: string[] = [];
  const note = (name: string) => () => {
    calls.push(name);
    return Promise.resolve();
  };
  const store = {
    renewLease: () => note('renew')().then(() => steps.renewed),
    endLease: note('end'),
    closeSettled: note('close'),
    fold: steps.fold ?? note('fold'),
  };
  const writer = { replay: steps.replay ?? (() => Promise.resolve(true)) };
  const upkeep = new LedgerUpkeep(
    store as unknown as LedgerStore,
    writer as unknown as DurableWriter,
    'aaaaaaaa-0000-4000-8000-000000000000',
    LEASE_MS,
  );
  return { upkeep, calls };
}

const renewals = (calls: readonly string[]) => calls.filter((call) => call === 'renew').length;

describe(LedgerUpkeep.name, () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it.each(['replay', 'fold'] as const)('keeps its lease while a %s takes longer than that', async (step) => {
    const { promise, resolve } = Promise.withResolvers<never>();
    const { upkeep, calls } = setUp({ [step]: () => promise });
    const started = upkeep.start();
    for (let lease = 1; lease <= 3; lease += 1) {
      const before = renewals(calls);
      await jest.advanceTimersByTimeAsync(LEASE_MS);
      expect(renewals(calls)).toBeGreaterThan(before);
    }
    resolve(true as never);
    await started;
    await upkeep.stop();
  });

  it('keeps its lease while it replays for the last time, and renews it no more when it has given it up', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const { upkeep, calls } = setUp({ replay: () => promise });
    const stopped = upkeep.stop();
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    expect(renewals(calls)).toBeGreaterThan(0);
    resolve(true);
    await stopped;
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    expect(calls.at(-1)).toBe('end');
  });

  it('renews it once at a time, and gives it up after that', async () => {
    const [replayed, renewed] = [Promise.withResolvers<boolean>(), Promise.withResolvers<void>()];
    const { upkeep, calls } = setUp({ replay: () => replayed.promise, renewed: renewed.promise });
    const stopped = upkeep.stop();
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    replayed.resolve(true);
    await jest.advanceTimersByTimeAsync(LEASE_MS);
    expect(calls).toEqual(['renew']);
    renewed.resolve();
    await stopped;
    expect(calls).toEqual(['renew', 'end']);
  });
});
