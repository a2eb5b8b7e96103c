import { GatewayError } from '../common/errors/gateway-error.js';
import { CredentialCache } from './credential-cache.js';

interface Key {
  tenantId: string;
}

const DIGEST = Buffer.alloc(32, 1);
const OTHER = Buffer.alloc(32, 2);

/** A cache over a database in memory, with a clock and a change feed that are moved by hand. */
function createCache(staleMs = 60_000) {
  const world = { nowMs: 1_000, knownUntilMs: Number.NEGATIVE_INFINITY, away: false, hangs: false, queries: 0 };
  const rows = new Map<string, Key>([[DIGEST.toString('hex'), { tenantId: 'a' }]]);
  const load = async (digest: Buffer): Promise<Key | null> => {
    world.queries += 1;
    if (world.hangs) return new Promise(() => undefined);
    await Promise.resolve();
    if (world.away) throw new Error('connection refused');
    return rows.get(digest.toString('hex')) ?? null;
  };
  const options = { ttlMs: 500, staleMs, maxEntries: 3, maxMisses: 3, queryTimeoutMs: 20 };
  const cache = new CredentialCache<Key>(load, world, options, () => world.nowMs);
  return { cache, rows, world };
}

const unavailable: Partial<GatewayError> = { status: 503, code: 'service_unavailable' };

describe(CredentialCache.name, () => {
  it('asks the database once while nothing has changed', async () => {
    const { cache, world } = createCache();
    await cache.find(DIGEST);
    for (let beat = 1; beat <= 100; beat += 1) {
      world.nowMs += 400;
      world.knownUntilMs = world.nowMs - 10;
      expect(cache.find(DIGEST)).toEqual({ tenantId: 'a' });
    }
    expect(world.queries).toBe(1);
  });

  it('asks again when the change feed has been silent for the whole time to live', async () => {
    const { cache, rows, world } = createCache();
    await cache.find(DIGEST);
    rows.clear();
    world.nowMs += 499;
    expect(cache.find(DIGEST)).toEqual({ tenantId: 'a' });
    world.nowMs += 1;
    expect(await cache.find(DIGEST)).toBeNull();
  });

  it('asks once for callers that come together', async () => {
    const { cache, world } = createCache();
    await Promise.all(Array.from({ length: 50 }, async () => cache.find(DIGEST)));
    expect(world.queries).toBe(1);
  });

  it('forgets at once what matches, and nothing else', async () => {
    const { cache, rows, world } = createCache();
    rows.set(OTHER.toString('hex'), { tenantId: 'b' });
    await cache.find(DIGEST);
    await cache.find(OTHER);
    rows.clear();
    cache.forget(({ tenantId }) => tenantId === 'a');
    expect(await cache.find(DIGEST)).toBeNull();
    expect(cache.find(OTHER)).toEqual({ tenantId: 'b' });
    expect(world.queries).toBe(3);
  });

  it('neither keeps nor shares an answer that is older than a change', async () => {
    const { cache, rows } = createCache();
    const before = cache.find(DIGEST);
    cache.forget(() => true);
    rows.clear();
    const after = cache.find(DIGEST);
    await before;
    expect(await after).toBeNull();
    expect(await cache.find(DIGEST)).toBeNull();
  });

  it('keeps what it learns while something else changes, so that an outage just then does no harm', async () => {
    const { cache, world } = createCache();
    const loading = cache.find(DIGEST);
    cache.forget(({ tenantId }) => tenantId === 'b');
    await loading;
    world.away = true;
    world.nowMs += 1_000;
    expect(await cache.find(DIGEST)).toEqual({ tenantId: 'a' });
  });

  it('remembers misses until new secrets come', async () => {
    const { cache, rows, world } = createCache();
    await cache.find(OTHER);
    expect(cache.find(OTHER)).toBeNull();
    rows.set(OTHER.toString('hex'), { tenantId: 'b' });
    cache.forgetMisses();
    expect(await cache.find(OTHER)).toEqual({ tenantId: 'b' });
    expect(world.queries).toBe(2);
  });

  it('keeps no more than its bounds, and misses never push out keys', async () => {
    const { cache, world } = createCache();
    await cache.find(DIGEST);
    for (let seed = 10; seed < 20; seed += 1) await cache.find(Buffer.alloc(32, seed));
    expect(cache.find(DIGEST)).toEqual({ tenantId: 'a' });
    expect(world.queries).toBe(11);
    await cache.find(Buffer.alloc(32, 10));
    expect(world.queries).toBe(12);
  });

  it('serves a known key while the database is away, for the stated time', async () => {
    const { cache, world } = createCache(60_000);
    await cache.find(DIGEST);
    world.away = true;
    world.nowMs += 59_999;
    expect(await cache.find(DIGEST)).toEqual({ tenantId: 'a' });
    world.nowMs += 1;
    await expect(cache.find(DIGEST)).rejects.toMatchObject(unavailable);
  });

  it('answers 503 for an unknown key while the database is away', async () => {
    const { cache, world } = createCache();
    await cache.find(OTHER);
    world.away = true;
    world.nowMs += 1_000;
    await expect(cache.find(OTHER)).rejects.toMatchObject(unavailable);
    await expect(cache.find(Buffer.alloc(32, 3))).rejects.toMatchObject(unavailable);
  });

  it('does not ask again at once after a failure', async () => {
    const { cache, world } = createCache();
    await cache.find(DIGEST);
    world.away = true;
    world.nowMs += 1_000;
    for (let call = 0; call < 10; call += 1) await cache.find(DIGEST);
    expect(world.queries).toBe(2);
    world.nowMs += 500;
    world.away = false;
    expect(await cache.find(DIGEST)).toEqual({ tenantId: 'a' });
    expect(world.queries).toBe(3);
  });

  it('keeps a known key waiting once, and no other until the database answers again, which one query finds out', async () => {
    const { cache, rows, world } = createCache();
    rows.set(OTHER.toString('hex'), { tenantId: 'b' });
    await cache.find(DIGEST);
    await cache.find(OTHER);
    world.hangs = true;
    world.nowMs += 1_000;
    await cache.find(DIGEST);
    world.nowMs += 500;
    expect(cache.find(DIGEST)).toEqual({ tenantId: 'a' });
    expect(cache.find(OTHER)).toEqual({ tenantId: 'b' });
    expect(world.queries).toBe(4);
  });

  it('asks for each key again once the database answers', async () => {
    const { cache, rows, world } = createCache();
    await cache.find(DIGEST);
    world.away = true;
    world.nowMs += 1_000;
    await cache.find(DIGEST);
    world.nowMs += 500;
    world.away = false;
    rows.clear();
    expect(cache.find(DIGEST)).toEqual({ tenantId: 'a' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(await cache.find(DIGEST)).toBeNull();
  });

  it('takes a database that does not answer for one that is away', async () => {
    const { cache, world } = createCache();
    await cache.find(DIGEST);
    world.hangs = true;
    world.nowMs += 1_000;
    expect(await cache.find(DIGEST)).toEqual({ tenantId: 'a' });
  });
});
