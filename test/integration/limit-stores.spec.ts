import { randomUUID } from 'node:crypto';
import { connect, createServer, type AddressInfo } from 'node:net';
import { MemoryLimitStore } from '../../src/billing/limits/memory-limit-store.js';
import type { Claim, LimitCounts, Refused, Taken } from '../../src/billing/limits/limit-store.js';
import {
  toAppliedLimit,
  type AppliedLimit,
  type LimitKind,
  type LimitWindow,
} from '../../src/billing/limits/rate-limit.js';
import { RedisLimitStore } from '../../src/billing/limits/redis-limit-store.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { until } from '../support/until.js';

/** Redis counts on while this process stands still: more than that may take. */
const LEASE_MS = 2_000;

interface Store extends LimitCounts {
  take(claims: readonly Claim[], leaseId: string): Promise<Taken | Refused>;
}

function limitOf(kind: LimitKind, amount: number, window: LimitWindow | '' = 'minute'): AppliedLimit {
  return toAppliedLimit({ tenantId: randomUUID(), keyId: '', model: '', kind, window, amount });
}

function usedOf(verdict: Taken | Refused): number[] {
  return verdict.states.map(({ used }) => used);
}

/** What both stores promise. */
function promises(open: () => Store): void {
  it('grants up to the limit and no more, whoever asks at the same time', async () => {
    const limit = limitOf('requests', 50);
    const store = open();
    const asked = Array.from({ length: 200 }, (_, n) => store.take([{ limit, amount: 1 }], `req_${n}`));
    const verdicts = await Promise.all(asked);
    expect(verdicts.filter(({ granted }) => granted)).toHaveLength(50);
  });

  it('takes of every limit or of none, and says who refused', async () => {
    const [wide, narrow] = [limitOf('requests', 100), limitOf('tokens', 10, 'day')];
    const store = open();
    const ask = (tokens: number) =>
      store.take(
        [
          { limit: wide, amount: 1 },
          { limit: narrow, amount: tokens },
        ],
        'req',
      );
    expect(usedOf(await ask(8))).toEqual([1, 8]);
    const refused = await ask(3);
    expect(refused).toMatchObject({ granted: false, by: { limit: narrow, amount: 3 }, used: 8 });
    expect(usedOf(refused)).toEqual([1, 8]);
    expect(usedOf(await ask(2))).toEqual([2, 10]);
  });

  it('says when it is worth trying again: never, or when enough has left the window', async () => {
    const limit = limitOf('tokens', 10);
    const store = open();
    const ask = async (amount: number) => store.take([{ limit, amount }], 'req');
    expect(await ask(11)).toMatchObject({ granted: false, retryAfterMs: Infinity });
    await ask(10);
    const refused = (await ask(1)) as Refused;
    expect(refused.retryAfterMs).toBeGreaterThan(59_000);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(60_500);
    expect(refused.states[0]?.resetMs).toBe(refused.retryAfterMs);
  });

  it('lets a claim on nothing pass, also where nothing is left', async () => {
    const limit = limitOf('tokens', 0);
    expect(await open().take([{ limit, amount: 0 }], 'req')).toMatchObject({ granted: true });
  });

  it('gives back what was taken, and never more', async () => {
    const limit = limitOf('tokens', 10);
    const store = open();
    const taken = (await store.take([{ limit, amount: 10 }], 'req')) as Taken;
    expect(await taken.counts.correct([{ limit, amount: -4 }], taken.atMs)).toMatchObject([{ used: 6 }]);
    expect(await taken.counts.correct([{ limit, amount: -100 }], taken.atMs)).toMatchObject([{ used: 0, resetMs: 0 }]);
    expect(await taken.counts.correct([{ limit, amount: -1 }], taken.atMs - 120_000)).toMatchObject([{ used: 0 }]);
    expect(await store.take([{ limit, amount: 11 }], 'req')).toMatchObject({ granted: false, used: 0 });
  });

  it('adds what was used beyond what was taken', async () => {
    const limit = limitOf('tokens', 10);
    const store = open();
    const taken = (await store.take([{ limit, amount: 5 }], 'req')) as Taken;
    expect(await taken.counts.correct([{ limit, amount: 20 }], taken.atMs)).toMatchObject([{ used: 25 }]);
    expect(await store.take([{ limit, amount: 1 }], 'req')).toMatchObject({ granted: false, used: 25 });
  });

  it('holds a place among concurrent requests until it is released', async () => {
    const limit = limitOf('concurrent_requests', 2, '');
    const store = open();
    const ask = (lease: string) => store.take([{ limit, amount: 1 }], lease);
    const first = (await ask('a')) as Taken;
    await ask('b');
    expect(await ask('c')).toMatchObject({ granted: false, used: 2, states: [] });
    await first.counts.release([limit], 'a');
    await first.counts.release([limit], 'a');
    expect(await ask('c')).toMatchObject({ granted: true });
    expect(await ask('d')).toMatchObject({ granted: false });
  });
}

describe(MemoryLimitStore.name, () => {
  promises(() => new MemoryLimitStore());
});

describeWithRedis(RedisLimitStore.name, () => {
  let redis: TestRedis;
  const stores: RedisLimitStore[] = [];

  const openStore = async (leaseMs?: number, url = redis.url): Promise<RedisLimitStore> => {
    const store = new RedisLimitStore(url, leaseMs);
    stores.push(store);
    await store.open(() => undefined);
    return store;
  };

  beforeAll(async () => {
    redis = await startRedis();
    await Promise.all([openStore(), openStore()]);
  });
  afterAll(async () => {
    for (const store of stores) store.close();
    await redis.kill();
  });

  promises(() => stores[0]!);

  it('counts for all replicas together', async () => {
    const limit = limitOf('requests', 40);
    const asked = Array.from({ length: 100 }, (_, n) => stores[n % 2]!.take([{ limit, amount: 1 }], `req_${n}`));
    expect((await Promise.all(asked)).filter(({ granted }) => granted)).toHaveLength(40);
  });

  it('does not take the delay of a busy process for an outage of Redis', async () => {
    const asked = stores[0]!.take([{ limit: limitOf('requests', 1), amount: 1 }], 'req');
    const busyUntilMs = performance.now() + 1_500;
    while (performance.now() < busyUntilMs);
    expect(await asked).toMatchObject({ granted: true });
  });

  it('waits neither at its start nor later for a Redis that says nothing', async () => {
    redis.signal('SIGSTOP');
    const store = await openStore();
    expect(store.isReady).toBe(false);
    redis.signal('SIGCONT');
    await until(() => store.isReady, 'Redis is used');
  });

  it('asks again where a connection was taken and nothing was said on it', async () => {
    let taken = 0;
    const door = createServer((client) => {
      client.on('error', () => undefined);
      taken += 1;
      if (taken === 1) client.resume();
      else client.pipe(connect(Number(new URL(redis.url).port), '127.0.0.1')).pipe(client);
    });
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    const { port } = door.address() as AddressInfo;
    const store = await openStore(undefined, `redis://127.0.0.1:${port}`);
    expect([store.isReady, taken]).toEqual([false, 1]);
    await until(() => store.isReady, 'the second connection is answered');
    store.close();
    await new Promise((resolve) => door.close(resolve));
  });

  it('learns from whatever it asks that Redis is silent', async () => {
    const store = await openStore();
    const limit = limitOf('tokens', 10);
    const place = limitOf('concurrent_requests', 1, '');
    const claims = [limit, place].map((claimed) => ({ limit: claimed, amount: 1 }));
    const taken = (await store.take(claims, 'req')) as Taken;
    for (const ask of [
      () => taken.counts.correct([{ limit, amount: -1 }], taken.atMs),
      () => taken.counts.release([place], 'req'),
    ]) {
      redis.signal('SIGSTOP');
      await ask();
      expect(store.isReady).toBe(false);
      redis.signal('SIGCONT');
      await until(() => store.isReady, 'Redis is used again');
    }
  });

  it('holds no place again that was released while the leases were renewed', async () => {
    const count = 501;
    const limit = limitOf('concurrent_requests', count, '');
    const store = await openStore();
    const ask = (lease: string) => store.take([{ limit, amount: 1 }], lease);
    for (let n = 1; n < count; n += 1) await ask(`req_${n}`);
    const last = (await ask('last')) as Taken;
    const renewed = store['renew']();
    await last.counts.release([limit], 'last');
    await renewed;
    expect(await ask('next')).toMatchObject({ granted: true });
  });

  /** Takes the only place as a process that dies at once, and waits until its lease has ended. */
  async function outlive(): Promise<void> {
    const limit = limitOf('concurrent_requests', 1, '');
    const dying = await openStore(LEASE_MS);
    expect(await dying.take([{ limit, amount: 1 }], 'dying')).toMatchObject({ granted: true });
    expect(await stores[0]!.take([{ limit, amount: 1 }], 'next')).toMatchObject({ granted: false });
    dying.close();
    const isFree = async () => (await stores[0]!.take([{ limit, amount: 1 }], 'next')).granted;
    await until(isFree, 'the lease of the dead process has ended');
  }

  it('frees the place of a process that died, and keeps that of one that lives', async () => {
    const limit = limitOf('concurrent_requests', 1, '');
    const living = await openStore(LEASE_MS);
    const taken = (await living.take([{ limit, amount: 1 }], 'living')) as Taken;
    await outlive();
    await outlive();
    expect(await stores[0]!.take([{ limit, amount: 1 }], 'next')).toMatchObject({ granted: false });
    await taken.counts.release([limit], 'living');
    expect(await stores[0]!.take([{ limit, amount: 1 }], 'next')).toMatchObject({ granted: true });
  });
});
