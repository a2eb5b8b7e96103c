import { LimitStore, type Claim, type Refused, type Taken } from './limit-store.js';
import { MemoryLimitStore } from './memory-limit-store.js';
import { toAppliedLimit, type AppliedLimit, type LimitKind } from './rate-limit.js';
import { RequestLimits } from './request-limits.js';

const limitOf = (kind: LimitKind, amount: number): AppliedLimit =>
  toAppliedLimit({
    tenantId: 't',
    keyId: '',
    model: '',
    kind,
    window: kind === 'concurrent_requests' ? '' : 'minute',
    amount,
  });

function setUp(amounts: Partial<Record<LimitKind, number>>, store: LimitStore = new MemoryLimitStore(() => 0)) {
  const limits = Object.entries(amounts).map(([kind, amount]) => limitOf(kind as LimitKind, amount));
  const seen: Record<string, number>[] = [];
  const refusals: LimitKind[] = [];
  const open = (requestId = 'req_1') =>
    new RequestLimits(store, () => limits, requestId, {
      states: (states) => seen.push(Object.fromEntries(states.map(({ limit, used }) => [limit.kind, used]))),
      refused: ({ by }) => refusals.push(by.limit.kind),
    });
  /** How much is used, asked without taking anything. */
  const used = async (kind: LimitKind) => {
    const claim = { limit: limitOf(kind, 0), amount: 1 };
    return ((await store.take([claim], 'probe')) as Refused).used;
  };
  return { open, seen, refusals, used };
}

/** Answers each take when the test says so. */
class SlowStore extends LimitStore {
  override readonly place = 'redis';
  readonly takes: { claims: readonly Claim[]; grant(): void }[] = [];
  private readonly memory = new MemoryLimitStore(() => 0);

  override take(claims: readonly Claim[], leaseId: string): Promise<Taken | Refused> {
    return new Promise((resolve) => {
      this.takes.push({ claims, grant: () => resolve(this.memory.take(claims, leaseId)) });
    });
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe(RequestLimits.name, () => {
  it('counts one request for several calls, and the tokens of each', async () => {
    const { open, used } = setUp({ requests: 10, tokens: 100 });
    const limits = open();
    await limits.admit('m', () => 20);
    await limits.admit('m', () => 30);
    expect([await used('requests'), await used('tokens')]).toEqual([1, 50]);
  });

  it('asks what a call needs only where tokens are limited', async () => {
    const { open } = setUp({ requests: 10 });
    let asked = false;
    await open().admit('m', () => {
      asked = true;
      return 20;
    });
    expect(asked).toBe(false);
  });

  it('lets later calls of a request wait for the verdict on the request itself', async () => {
    const store = new SlowStore();
    const { open, refusals } = setUp({ requests: 0, tokens: 100 }, store);
    const limits = open();
    const [first, second] = [limits.admit('m', () => 20), limits.admit('m', () => 20)];
    await turn();
    expect(store.takes).toHaveLength(1);
    store.takes[0]?.grant();
    await expect(first).rejects.toMatchObject({ status: 429 });
    await expect(second).rejects.toMatchObject({ status: 429 });
    expect(store.takes).toHaveLength(1);
    expect(refusals).toEqual(['requests']);
  });

  it('corrects what was expected to what was used, in either direction, once', async () => {
    const { open, used, seen } = setUp({ tokens: 100 });
    const limits = open();
    const hold = await limits.admit('m', () => 40);
    hold.begin();
    hold.settle(15);
    expect(await used('tokens')).toBe(15);
    hold.settle(5);
    await limits.close();
    expect(await used('tokens')).toBe(20);
    expect(seen).toEqual([{ tokens: 40 }, { tokens: 15 }, { tokens: 20 }]);
  });

  it('keeps what was expected of a call whose usage is not known', async () => {
    const { open, used } = setUp({ tokens: 100 });
    const limits = open();
    const hold = await limits.admit('m', () => 40);
    hold.begin();
    hold.settle(null);
    await limits.close();
    expect(await used('tokens')).toBe(40);
  });

  it('gives everything back when nothing reached Bedrock', async () => {
    const { open, used } = setUp({ requests: 10, tokens: 100, concurrent_requests: 5 });
    const limits = open();
    await limits.admit('m', () => 40);
    expect(await used('concurrent_requests')).toBe(1);
    await limits.close();
    await limits.close();
    expect([await used('requests'), await used('tokens'), await used('concurrent_requests')]).toEqual([0, 0, 0]);
  });

  it('counts the request when one of its calls reached Bedrock, and gives back the tokens of the others', async () => {
    const { open, used } = setUp({ requests: 10, tokens: 100 });
    const limits = open();
    (await limits.admit('m', () => 40)).begin();
    await limits.admit('m', () => 30);
    await limits.close();
    expect([await used('requests'), await used('tokens')]).toEqual([1, 40]);
  });

  it('leaves its place when the client leaves, also when it gets one only after that', async () => {
    const store = new SlowStore();
    const { open } = setUp({ concurrent_requests: 1 }, store);
    const limits = open();
    const admitted = limits.admit('m', () => 0);
    await limits.release();
    store.takes[0]?.grant();
    await admitted;
    const next = open('req_2').admit('m', () => 0);
    store.takes[1]?.grant();
    await expect(next).resolves.toBeDefined();
  });

  it('costs nothing where nothing is limited', async () => {
    const store = new SlowStore();
    const { open } = setUp({}, store);
    const limits = open();
    await limits.admit('m', () => 40);
    await limits.close();
    expect(store.takes).toEqual([]);
  });
});
