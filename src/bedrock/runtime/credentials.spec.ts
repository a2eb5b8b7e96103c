import { RefreshedCredentials, type AwsCredentials } from './credentials.js';

const MINUTE_MS = 60_000;
const ISSUED: AwsCredentials = { accessKeyId: 'key', secretAccessKey: 's' };

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe(RefreshedCredentials.name, () => {
  let now: number;
  let fetched: number;
  let failing: boolean;
  let lifeMs: number;
  let credentials: RefreshedCredentials;

  beforeEach(() => {
    [now, fetched, failing, lifeMs] = [0, 0, false, 60 * MINUTE_MS];
    const fetch = (): Promise<AwsCredentials> => {
      fetched += 1;
      const expiration = new Date(now + lifeMs);
      const issued = { accessKeyId: `key-${fetched}`, secretAccessKey: 's', expiration };
      return failing ? Promise.reject(new Error('away')) : Promise.resolve(issued);
    };
    credentials = new RefreshedCredentials(fetch, () => now);
  });

  const keys = (count: number) =>
    Promise.all(Array.from({ length: count }, async () => (await credentials.get()).accessKeyId));

  it('are fetched once for all that wait', async () => {
    expect(new Set(await keys(20))).toEqual(new Set(['key-1']));
  });

  it('are fetched once more, for all, when they have expired', async () => {
    await keys(1);
    now += 60 * MINUTE_MS;
    expect(new Set(await keys(20))).toEqual(new Set(['key-2']));
  });

  it('are refreshed in the background before that, without a wait', async () => {
    await keys(1);
    now += 56 * MINUTE_MS;
    expect(credentials.get()).toMatchObject({ accessKeyId: 'key-1' });
    await Promise.resolve();
    await settled();
    expect(credentials.get()).toMatchObject({ accessKeyId: 'key-2' });
    expect(fetched).toBe(2);
  });

  it('stay in use while a refresh ahead of time fails, which is tried again now and then', async () => {
    await keys(1);
    failing = true;
    now += 56 * MINUTE_MS;
    expect(new Set(await keys(20))).toEqual(new Set(['key-1']));
    await settled();
    expect(new Set(await keys(20))).toEqual(new Set(['key-1']));
    expect(fetched).toBe(2);
    now += 10_000;
    await keys(1);
    expect(fetched).toBe(3);
  });

  it('fail with the failure once they have expired, and come back', async () => {
    await keys(1);
    failing = true;
    now += 60 * MINUTE_MS;
    await expect(keys(1)).rejects.toThrow('away');
    failing = false;
    await expect(keys(1)).resolves.toEqual(['key-3']);
  });

  it('that are refused are fetched again for all, which wait for the new ones, and not twice in a moment', async () => {
    await keys(1);
    credentials.refused();
    credentials.refused();
    expect(new Set(await keys(20))).toEqual(new Set(['key-2']));
    credentials.refused();
    expect(await keys(1)).toEqual(['key-2']);
    now += 10_000;
    credentials.refused();
    expect(await keys(1)).toEqual(['key-3']);
  });

  it('that are refused stay in use when no others can be had', async () => {
    await keys(1);
    failing = true;
    credentials.refused();
    await expect(keys(1)).rejects.toThrow('away');
    expect(await keys(1)).toEqual(['key-1']);
  });

  it('that do not last are not given to a request that would arrive too late', async () => {
    lifeMs = 10_000;
    await keys(1);
    await keys(1);
    expect(fetched).toBe(2);
  });

  describe('whose source is silent', () => {
    let asked: PromiseWithResolvers<AwsCredentials>[];

    beforeEach(async () => {
      asked = [];
      const fetch = () => {
        const fetching = Promise.withResolvers<AwsCredentials>();
        asked.push(fetching);
        return fetching.promise;
      };
      credentials = new RefreshedCredentials(fetch, () => now);
      const first = keys(20).catch(() => undefined);
      now += 10_000;
      asked[0]?.reject(new Error('silent'));
      await first;
    });

    it('are waited for by nobody after that, and used once it answers', async () => {
      await expect(keys(20)).rejects.toThrow('silent');
      now += 60_000;
      await expect(keys(20)).rejects.toThrow('silent');
      expect(asked).toHaveLength(2);
      asked[1]?.resolve(ISSUED);
      await settled();
      expect(await keys(1)).toEqual(['key']);
    });

    it('are waited for again when nobody has asked for a while', async () => {
      now += 10_000;
      const waiting = keys(1);
      asked[1]?.resolve(ISSUED);
      expect(await waiting).toEqual(['key']);
    });

    it('are waited for by nobody either when AWS refuses those that are there', async () => {
      const waiting = keys(1).catch(() => undefined);
      asked[1]?.resolve(ISSUED);
      await waiting;
      await settled();
      credentials.refused();
      now += 10_000;
      asked[2]?.reject(new Error('silent'));
      await settled();
      credentials.refused();
      expect(await keys(1)).toEqual(['key']);
      expect(asked).toHaveLength(4);
    });
  });
});
