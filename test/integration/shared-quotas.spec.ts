import { QuotaBook } from '../../src/quotas/quota-book.js';
import { QuotaShares } from '../../src/quotas/quota-shares.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

const MODEL = 'amazon.nova-lite-v1:0';
const PER_MINUTE = 200;

let first: TestGateway;
let second: AccessApp;
let startedAt: number;

beforeEach(async () => {
  const env = { QUOTA_WAIT_MS: '0' };
  first = await startTestGateway(env);
  second = await startAccessApp({ ...env, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: first.sandbox.url }, first);
  startedAt = performance.now();
  const body = { model: MODEL, region: 'us-east-1', requests_per_minute: PER_MINUTE };
  await first.call('POST', '/admin/v1/quotas', { body });
  await until(async () => !second.app.get(QuotaBook).isEmpty, 'the quota to be known');
  await agree();
});
afterEach(async () => {
  await second.close();
  await first.close();
});

/** Knows all that was told before: an exchange that was under way has read earlier, so it takes a second one. */
async function exchange(replica: AccessApp): Promise<void> {
  const shares = replica.app.get(QuotaShares);
  await shares.exchange();
  await shares.exchange();
}

/** Each tells what it wants and leaves what the others want, and then has what they have left. */
async function agree(): Promise<void> {
  for (const replica of [first, second, first, second]) await exchange(replica);
}

/** For how many of so many requests at once there was room. */
async function served(replica: AccessApp, count: number): Promise<number> {
  const body = { model: MODEL, messages: [{ role: 'user', content: 'hello' }], max_tokens: 10 };
  const ask = () => replica.call('POST', '/v1/chat/completions', { key: replica.tenantKey, body });
  const statuses = (await Promise.all(Array.from({ length: count }, ask))).map(({ status }) => status);
  expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
  return statuses.filter((status) => status === 200).length;
}

/** The minute's worth, what has filled again since, and one for each replica, since a part holds at least one. */
const room = (replicas = 2) => PER_MINUTE + ((performance.now() - startedAt) * PER_MINUTE) / 60_000 + replicas;

describe('a quota of an account that two replicas share', () => {
  it('is one for both, and goes to the one that wants it', async () => {
    const burst = await served(first, 150);
    await agree();
    const more = await served(first, 150);
    await agree();
    const other = await served(second, 150);
    expect(burst + more).toBeGreaterThan(0.85 * PER_MINUTE);
    expect(other).toBeGreaterThan(0);
    expect(burst + more + other).toBeLessThanOrEqual(room());
  });

  it('is not taken by one before the other has left it', async () => {
    const burst = await served(first, 150);
    await exchange(first);
    const taken = burst + (await served(first, 150)) + (await served(second, 150));
    expect(taken).toBeLessThanOrEqual(room());
  });

  it('is left to the others when a replica has gone, but for what that has used', async () => {
    const used = await served(second, PER_MINUTE);
    expect(used).toBeGreaterThan(0.4 * PER_MINUTE);
    await agree();
    await second.close();
    await exchange(first);
    const [rest] = await first.prisma.$queryRaw<{ living: number }[]>`
      SELECT count(DISTINCT process_id)::int AS living FROM quota_demands WHERE expires_at >= now()`;
    expect(rest).toEqual({ living: 1 });
    const left = await served(first, PER_MINUTE);
    expect(left).toBeGreaterThan(0);
    expect(used + left).toBeLessThanOrEqual(room());
    second = await startAccessApp({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: first.sandbox.url }, first);
  });

  it('is shared with a new replica from its first request on', async () => {
    const used = (await served(first, PER_MINUTE)) + (await served(second, PER_MINUTE));
    await agree();
    const third = await startAccessApp(
      { QUOTA_WAIT_MS: '0', AWS_ENDPOINT_URL_BEDROCK_RUNTIME: first.sandbox.url },
      first,
    );
    const more = await served(third, 50);
    await third.close();
    expect(used + more).toBeLessThanOrEqual(room(3));
  });

  it('keeps its parts while they cannot be agreed on', async () => {
    await first.prisma.$executeRaw`ALTER TABLE quota_demands RENAME TO quota_demands_away`;
    await agree();
    const both = (await served(first, PER_MINUTE)) + (await served(second, PER_MINUTE));
    await first.prisma.$executeRaw`ALTER TABLE quota_demands_away RENAME TO quota_demands`;
    expect(both).toBeLessThanOrEqual(room());
  });
});
