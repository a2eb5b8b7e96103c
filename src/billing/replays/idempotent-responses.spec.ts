import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { testConfig } from '../../../test/support/config.js';
import { until } from '../../../test/support/until.js';
import type { PostgresUsageLedger } from '../metering/postgres-usage-ledger.js';
import type { IdempotentResponseRepository } from './idempotent-response.repository.js';
import { type Claim, IdempotentResponses } from './idempotent-responses.js';

Logger.overrideLogger(false);
const CALLER = { tenantId: 'ten_1', keyId: 'key_1' };
const KEY = { key: 'k', fingerprint: Buffer.alloc(32) };

function responses(repository: Partial<IdempotentResponseRepository>): IdempotentResponses {
  const ledger = { writerId: randomUUID() } as PostgresUsageLedger;
  return new IdempotentResponses(repository as IdempotentResponseRepository, ledger, testConfig('postgresql://x/y'));
}

const { jest } = import.meta;

describe(IdempotentResponses.name, () => {
  describe('while the database says nothing', () => {
    beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] }));
    afterEach(() => jest.useRealTimers());

    it('keeps no request waiting, and gives back what it claims in the end', async () => {
      const claiming = Promise.withResolvers<null>();
      const released: string[] = [];
      const silent = responses({
        claim: () => claiming.promise,
        release: (_tenantId, _place, id) => Promise.resolve(void released.push(id)),
      });
      const [refused] = await Promise.all([
        silent.claim(CALLER, KEY).catch((error: unknown) => error),
        jest.advanceTimersByTimeAsync(3_000),
      ]);
      expect(refused).toMatchObject({ status: 503 });
      expect(released).toEqual([]);
      claiming.resolve(null);
      await new Promise((resolve) => setImmediate(resolve));
      expect(released).toHaveLength(1);
    });

    it('answers without what cannot be stored', async () => {
      const silent = responses({ claim: () => Promise.resolve(null), keep: () => new Promise(() => undefined) });
      const claim = (await silent.claim(CALLER, KEY)) as Claim;
      const kept = claim.keep({ kind: 'value', json: '{}' });
      await jest.advanceTimersByTimeAsync(3_000);
      await expect(kept).resolves.toBeUndefined();
      silent.onApplicationShutdown();
    });
  });

  it('lets no request through whose key cannot be checked', async () => {
    const away = responses({ claim: () => Promise.reject(new Error('away')) });
    await expect(away.claim(CALLER, KEY)).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });

  it('answers when an outcome cannot be stored, and stores it later', async () => {
    let tries = 0;
    const keep = () => ((tries += 1) === 1 ? Promise.reject(new Error('away')) : Promise.resolve());
    const claim = (await responses({ claim: () => Promise.resolve(null), keep }).claim(CALLER, KEY)) as Claim;
    await claim.keep({ kind: 'value', json: '{}' });
    expect(tries).toBe(1);
    await until(() => tries === 2, 'the second try');
  });
});
