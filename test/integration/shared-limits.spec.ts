import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { runningTime } from '../support/running-time.js';
import { until } from '../support/until.js';

const ASK = {
  model: 'amazon.nova-lite-v1:0',
  messages: [{ role: 'user' as const, content: 'hello' }],
  max_tokens: 100,
};

const ask = async (replica: AccessApp, key: string) => replica.call('POST', '/v1/chat/completions', { key, body: ASK });
const storeOf = async (replica: AccessApp) =>
  (await replica.call('GET', '/readyz', { key: null })).body.details.rate_limits;
const isShared = async (replica: AccessApp) => (await storeOf(replica)).counted === 'for all replicas together';

describeWithRedis('limits that two replicas share in Redis', () => {
  let redis: TestRedis;
  let first: TestGateway;
  let second: AccessApp;

  beforeAll(async () => {
    redis = await startRedis();
    first = await startTestGateway({ REDIS_URL: redis.url });
    const env = { REDIS_URL: redis.url, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: first.sandbox.url };
    second = await startAccessApp(env, first);
  });
  afterAll(async () => {
    await second.close();
    await first.close();
    await redis.kill();
  });

  async function issueKey(limits: object): Promise<string> {
    const path = `/admin/v1/tenants/${first.tenantId}/keys`;
    return (await first.call('POST', path, { body: { name: 'limited', limits } })).body.key;
  }

  const askBoth = async (key: string) => [(await ask(first, key)).status, (await ask(second, key)).status];
  const metricOf = async (replica: AccessApp) => {
    const response = await fetch(`${replica.baseUrl}/metrics`, {
      headers: { authorization: `Bearer ${first.adminKey}` },
    });
    return /^gateway_rate_limits_fallback (\d)$/m.exec(await response.text())?.[1];
  };

  it('hold for both together, in requests, tokens and concurrent requests', async () => {
    const requests = await issueKey({ requests_per_minute: 3 });
    expect([...(await askBoth(requests)), ...(await askBoth(requests))]).toEqual([200, 200, 200, 429]);

    const tokens = await issueKey({ tokens_per_day: 1_000 });
    const used = (await ask(first, tokens)).body.usage.total_tokens;
    const { headers, body } = await ask(second, tokens);
    expect(headers.get('x-ratelimit-remaining-tokens')).toBe(String(1_000 - used - body.usage.total_tokens));

    const places = await issueKey({ concurrent_requests: 1 });
    first.sandbox.script.next({ chunks: 100, delayMs: 20 });
    const stream = await first.openai({ key: places }).chat.completions.create({ ...ASK, stream: true });
    await stream[Symbol.asyncIterator]().next();
    expect((await ask(second, places)).status).toBe(429);
    stream.controller.abort();
    await until(async () => (await ask(second, places)).status === 200, 'the place is free on the other replica');
  });

  it('are counted by each replica while Redis is away, which shows, and together again when it is back', async () => {
    const key = await issueKey({ requests_per_minute: 1 });
    expect(await askBoth(key)).toEqual([200, 429]);
    expect([await storeOf(first), await metricOf(first)]).toEqual([
      { status: 'up', counted: 'for all replicas together' },
      '0',
    ]);
    await redis.kill();
    expect(await askBoth(key)).toEqual([200, 200]);
    expect(await askBoth(key)).toEqual([429, 429]);
    expect([await storeOf(first), await metricOf(first)]).toEqual([
      { status: 'up', counted: 'per process', warning: 'Redis is away.' },
      '1',
    ]);
    await redis.start();
    await until(async () => (await isShared(first)) && (await isShared(second)), 'both replicas share again');
    expect(await askBoth(key)).toEqual([200, 429]);
  });

  it('hold no request up while Redis hangs', async () => {
    const key = await issueKey({ requests_per_minute: 2 });
    expect((await ask(first, key)).status).toBe(200);
    redis.signal('SIGSTOP');
    const askTwice = async () => {
      for (let call = 0; call < 2; call += 1) expect((await ask(first, key)).status).toBe(200);
    };
    expect(await runningTime(askTwice)).toBeLessThan(3_000);
    redis.signal('SIGCONT');
    await until(() => isShared(first), 'the replica shares again');
  });
});
