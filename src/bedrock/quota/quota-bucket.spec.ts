import { type Clock, QuotaBucket } from './quota-bucket.js';

class FakeClock implements Clock {
  private ms = 0;
  private readonly timers = new Set<{ at: number; run: () => void }>();

  now(): number {
    return this.ms;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.ms + ms, run };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  get running(): number {
    return this.timers.size;
  }

  /** Runs what is due on the way, and lets who waited go on. */
  async pass(ms: number): Promise<void> {
    const end = this.ms + ms;
    for (;;) {
      const [next] = [...this.timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.ms = Math.max(this.ms, next.at);
      this.timers.delete(next);
      next.run();
      await new Promise(setImmediate);
    }
    this.ms = end;
  }
}

const WHOLE = { rate: 1, tokens: 1, requests: 1 };
const STAYS = new AbortController().signal;
const GREEDY = { id: 'greedy', weight: 1 };
const SMALL = { id: 'small', weight: 1 };

function setUp(amounts = { tokensPerMinute: 6_000 as number | null, requestsPerMinute: null as number | null }) {
  const clock = new FakeClock();
  const bucket = new QuotaBucket(clock, 100);
  bucket.setAmounts(amounts, WHOLE);
  return { clock, bucket };
}

describe(QuotaBucket.name, () => {
  it('gives a minute at once, then as much as has filled again', async () => {
    const { clock, bucket } = setUp();
    expect([bucket.take(5_000), bucket.take(2_000), bucket.take(1_000)]).toEqual([true, false, true]);
    await clock.pass(10_000);
    expect([bucket.take(1_001), bucket.take(1_000)]).toEqual([false, true]);
  });

  it('counts requests beside tokens, and takes back what was not used', async () => {
    const { bucket } = setUp({ tokensPerMinute: 6_000, requestsPerMinute: 2 });
    expect([bucket.take(6_000), bucket.take(0), bucket.take(0)]).toEqual([true, true, false]);
    bucket.giveBack(6_000, 1);
    expect([bucket.take(6_000), bucket.take(0)]).toEqual([true, false]);
  });

  it('lets what exceeds the whole quota pass when the quota is full, and makes up for it', async () => {
    const { clock, bucket } = setUp();
    expect([bucket.take(12_000), bucket.take(1)]).toEqual([true, false]);
    await clock.pass(60_000);
    expect(bucket.take(1)).toBe(false);
    await clock.pass(60_000);
    expect(bucket.take(6_000)).toBe(true);
  });

  it('serves a tenant with one connection its share beside one with 50, whatever the sizes', async () => {
    const { clock, bucket } = setUp();
    bucket.take(6_000);
    const served = { greedy: 0, small: 0 };
    const keepAsking = async (owner: typeof GREEDY, name: keyof typeof served, tokens: number) => {
      while (await bucket.wait(owner, tokens, 600_000, STAYS)) served[name] += tokens;
    };
    for (let connection = 0; connection < 50; connection += 1) void keepAsking(GREEDY, 'greedy', 1_000);
    void keepAsking(SMALL, 'small', 100);
    await clock.pass(300_000);
    expect(served.greedy + served.small).toBeGreaterThan(28_000);
    expect(served.small / (served.greedy + served.small)).toBeGreaterThan(0.45);
    expect(served.small / (served.greedy + served.small)).toBeLessThan(0.55);
  });

  it('serves by weight', async () => {
    const { clock, bucket } = setUp();
    bucket.take(6_000);
    const served: Record<string, number> = { light: 0, heavy: 0 };
    for (const owner of [
      { id: 'light', weight: 1 },
      { id: 'heavy', weight: 3 },
    ]) {
      for (let request = 0; request < 40; request += 1) {
        void bucket.wait(owner, 100, 600_000, STAYS).then(() => (served[owner.id] = (served[owner.id] ?? 0) + 1));
      }
    }
    await clock.pass(40_000);
    expect(served).toEqual({ light: 10, heavy: 30 });
  });

  it('ends a wait that is too long or whose client has left, and goes on with the others', async () => {
    const { clock, bucket } = setUp();
    bucket.take(6_000);
    const leaver = new AbortController();
    const late = bucket.wait(GREEDY, 3_000, 5_000, STAYS);
    const gone = bucket.wait(GREEDY, 3_000, 60_000, leaver.signal);
    const small = bucket.wait(SMALL, 600, 60_000, STAYS);
    leaver.abort();
    await expect(gone).resolves.toBe(false);
    await clock.pass(6_000);
    await expect(late).resolves.toBe(false);
    await expect(small).resolves.toBe(true);
    expect([bucket.waiting, clock.running]).toEqual([0, 0]);
  });

  it('refuses the newest of the busiest when too many wait', async () => {
    const { bucket } = setUp();
    bucket.take(6_000);
    for (let request = 0; request < 99; request += 1) void bucket.wait(GREEDY, 6_000, 60_000, STAYS);
    const newest = bucket.wait(GREEDY, 6_000, 60_000, STAYS);
    void bucket.wait(SMALL, 6_000, 60_000, STAYS);
    await expect(newest).resolves.toBe(false);
    expect(bucket.waiting).toBe(100);
  });

  it('keeps what was used when its part changes, and fills by its part', async () => {
    const { clock, bucket } = setUp();
    bucket.take(4_000);
    bucket.setAmounts({ tokensPerMinute: 6_000, requestsPerMinute: null }, { rate: 0.5, tokens: 0.75, requests: 1 });
    expect(bucket.missing).toEqual({ tokens: 4_000, requests: 0 });
    expect([bucket.take(501), bucket.take(500)]).toEqual([false, true]);
    await clock.pass(10_000);
    expect([bucket.take(501), bucket.take(500)]).toEqual([false, true]);
  });

  it('serves who waits when the quota is raised', async () => {
    const { bucket } = setUp();
    bucket.take(6_000);
    const waits = bucket.wait(SMALL, 1_000, 60_000, STAYS);
    bucket.setAmounts({ tokensPerMinute: 12_000, requestsPerMinute: null }, WHOLE);
    await expect(waits).resolves.toBe(true);
  });
});
