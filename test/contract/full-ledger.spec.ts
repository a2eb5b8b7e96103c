import { PostgresUsageLedger } from '../../src/billing/metering/postgres-usage-ledger.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'amazon.nova-lite-v1:0';
const CHAT = { model: MODEL, messages: [{ role: 'user', content: 'hello' }], max_tokens: 1_000 };
const ENDPOINTS: [string, string, object][] = [
  ['chat', '/v1/chat/completions', CHAT],
  ['a stream', '/v1/chat/completions', { ...CHAT, stream: true }],
  ['several choices', '/v1/chat/completions', { ...CHAT, n: 3 }],
  ['a completion', '/v1/completions', { model: MODEL, prompt: 'hello', max_tokens: 1_000 }],
  ['embeddings', '/v1/embeddings', { model: 'amazon.titan-embed-text-v2:0', input: ['a', 'b'] }],
];

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ IN_FLIGHT_MAX: '1', QUOTA_WAIT_MS: '0' });
});
afterAll(() => gateway.close());

/** While it runs, the ledger of the gateway takes no attempt. */
async function whileFull<T>(run: () => Promise<T>): Promise<T> {
  const ledger = gateway.app.get(PostgresUsageLedger);
  Object.defineProperty(ledger, 'waiting', { value: 20_000, configurable: true });
  try {
    return await run();
  } finally {
    Reflect.deleteProperty(ledger, 'waiting');
  }
}

const ask = (path: string, body: object) => gateway.call('POST', path, { key: gateway.tenantKey, body });
const enter = async (path: string, body: object) => {
  expect((await gateway.call('POST', path, { body })).status).toBe(201);
};

describe('a ledger that can take no more', () => {
  it.each(ENDPOINTS)('refuses %s with 503 before Bedrock is asked', async (_name, path, body) => {
    const asked = gateway.sandbox.journal.list().length;
    const answer = await whileFull(() => ask(path, body));
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-gateway-attempts')]).toEqual([
      503,
      '5',
      null,
    ]);
    expect(answer.body.error).toMatchObject({
      message: 'The gateway cannot record usage at the moment.',
      type: 'service_unavailable_error',
    });
    expect(gateway.sandbox.journal.list()).toHaveLength(asked);
    expect(await gateway.prisma.usageEvent.count()).toBe(0);
  });

  it('leaves nothing of a refused call held in budgets, limits or quotas', async () => {
    const tenant_id = gateway.tenantId;
    // Each has room for one such call.
    await enter('/admin/v1/budgets', { name: 'team', window: 'month', tenant_id, limit_usd: '0.0005' });
    await enter('/admin/v1/limits', { tenant_id, kind: 'requests', window: 'minute', limit: 1 });
    await enter('/admin/v1/limits', { tenant_id, kind: 'tokens', window: 'minute', limit: 1_500 });
    await enter('/admin/v1/limits', { tenant_id, kind: 'concurrent_requests', limit: 1 });
    await enter('/admin/v1/quotas', { model: MODEL, region: 'us-east-1', requests_per_minute: 1 });
    for (const [, path, body] of ENDPOINTS.slice(0, 2)) {
      const answer = await whileFull(() => ask(path, body));
      expect([answer.status, answer.body.error.message]).toEqual([
        503,
        'The gateway cannot record usage at the moment.',
      ]);
    }
    expect((await gateway.call('GET', '/admin/v1/budgets')).body.data).toMatchObject([
      { spent_usd: '0', reserved_usd: '0' },
    ]);
    expect((await ask('/v1/chat/completions', CHAT)).status).toBe(200);
    expect((await ask('/v1/chat/completions', CHAT)).status).toBe(429);
  });
});
