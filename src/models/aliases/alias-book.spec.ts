import { Logger } from '@nestjs/common';
import type { AdminChanges } from '../../audit/admin-changes.js';
import type { ChangeFeed } from '../../auth/change-feed.js';
import type { AppConfig } from '../../config/app-config.js';
import { AliasBook } from './alias-book.js';
import type { ModelAlias } from './model-alias.js';
import type { ModelAliasRepository } from './model-alias.repository.js';

const { jest } = import.meta;
const ALIAS = { tenantId: '', name: 'fast' } as ModelAlias;

/** Lets timers run, and what waits for the event loop behind them. */
async function pass(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
  for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe(AliasBook.name, () => {
  beforeEach(() => {
    Logger.overrideLogger(false);
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  });
  afterEach(() => jest.useRealTimers());

  it('waits once for a database that does not answer, and asks behind the requests until it does', async () => {
    const database = { aliases: [ALIAS], isSilent: false, queries: 0 };
    const listAll = () => {
      database.queries += 1;
      return database.isSilent ? new Promise<ModelAlias[]>(() => undefined) : Promise.resolve(database.aliases);
    };
    const book = new AliasBook(
      { listAll } as unknown as ModelAliasRepository,
      { listen: () => undefined, knownUntilMs: Number.NEGATIVE_INFINITY } as unknown as ChangeFeed,
      { keyCacheTtlMs: 500 } as AppConfig,
      { onCommit: () => undefined } as unknown as AdminChanges,
    );
    await book.find('tenant', 'fast');
    database.isSilent = true;
    await jest.advanceTimersByTimeAsync(500);
    const waiting = book.find('tenant', 'fast');
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await waiting).toBe(ALIAS);

    await jest.advanceTimersByTimeAsync(500);
    expect(await book.find('tenant', 'fast')).toBe(ALIAS);
    expect(database.queries).toBe(3);

    database.isSilent = false;
    database.aliases = [];
    await pass(2_000);
    await pass(500);
    await book.find('tenant', 'fast');
    await pass(0);
    expect(await book.find('tenant', 'fast')).toBeUndefined();
  });
});
