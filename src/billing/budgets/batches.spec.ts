import { Batches } from './batches.js';

const { jest } = import.meta;

const turn = () => new Promise((resolve) => setImmediate(resolve));

function setUp(fails: (entry: number) => boolean = () => false, batchMax = 100) {
  const ran: string[] = [];
  const gates: (() => void)[] = [];
  const late: unknown[] = [];
  const batches = new Batches<number, number>(
    async (key, entries) => {
      ran.push(`${key}: ${entries.join(' ')}`);
      await new Promise<void>((open) => gates.push(open));
      if (entries.some(fails)) throw new Error(`refused ${entries.join(' ')}`);
      return entries.map((entry) => entry * 10);
    },
    { batchMax, timeoutMs: 3_000 },
    (...what) => late.push(what),
  );
  /** Lets the batch that runs end, and the next begin. */
  const finish = async () => {
    gates.shift()?.();
    await turn();
  };
  return { batches, ran, finish, late };
}

describe(Batches.name, () => {
  it('does for all at once what came in one turn, and for those that come meanwhile afterwards', async () => {
    const { batches, ran, finish } = setUp();
    const first = [batches.add('a', 1), batches.add('a', 2)];
    await turn();
    const second = [batches.add('a', 3), batches.add('a', 4)];
    await turn();
    expect(ran).toEqual(['a: 1 2']);
    await finish();
    expect(await Promise.all(first)).toEqual([10, 20]);
    expect(ran).toEqual(['a: 1 2', 'a: 3 4']);
    await finish();
    expect(await Promise.all(second)).toEqual([30, 40]);
    const third = batches.add('a', 5);
    await turn();
    await finish();
    expect(await third).toBe(50);
  });

  it('keeps keys apart', async () => {
    const { batches, ran, finish } = setUp();
    const both = [batches.add('a', 1), batches.add('b', 2)];
    await turn();
    expect(ran).toEqual(['a: 1', 'b: 2']);
    await finish();
    await finish();
    expect(await Promise.all(both)).toEqual([10, 20]);
  });

  it('takes only so many at once', async () => {
    const { batches, ran, finish } = setUp(undefined, 2);
    const all = [1, 2, 3].map((entry) => batches.add('a', entry));
    await turn();
    await finish();
    await finish();
    expect(await Promise.all(all)).toEqual([10, 20, 30]);
    expect(ran).toEqual(['a: 1 2', 'a: 3']);
  });

  describe('with what runs too long', () => {
    beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] }));
    afterEach(() => jest.useRealTimers());

    it('fails all of a batch without another try, goes on with the next, and tells what became of it', async () => {
      const { batches, ran, finish, late } = setUp();
      const first = Promise.allSettled([batches.add('a', 1), batches.add('a', 2)]);
      await turn();
      const second = batches.add('a', 3);
      await jest.advanceTimersByTimeAsync(3_000);
      const slow = { status: 'rejected', reason: { message: 'The database did not answer in time.' } };
      expect(await first).toMatchObject([slow, slow]);
      expect(ran).toEqual(['a: 1 2', 'a: 3']);
      await finish();
      await finish();
      expect(await second).toBe(30);
      expect(late).toEqual([['a', [1, 2], [10, 20]]]);
    });
  });

  it('lets only that fail which fails by itself', async () => {
    const { batches, ran, finish } = setUp((entry) => entry === 2);
    const all = Promise.allSettled([1, 2, 3].map((entry) => batches.add('a', entry)));
    await turn();
    for (let run = 0; run < 4; run += 1) await finish();
    expect(ran).toEqual(['a: 1 2 3', 'a: 1', 'a: 2', 'a: 3']);
    expect(await all).toMatchObject([{ value: 10 }, { reason: { message: 'refused 2' } }, { value: 30 }]);
  });
});
