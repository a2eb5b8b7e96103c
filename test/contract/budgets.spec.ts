import { startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'global.anthropic.claude-sonnet-4-6';
const BASE_MODEL = 'anthropic.claude-sonnet-4-6';
const ASK = { model: MODEL, messages: [{ role: 'user' as const, content: 'hello' }], max_tokens: 100 };

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());
afterEach(async () => {
  const { body } = await gateway.call('GET', '/admin/v1/budgets');
  for (const { id } of body.data) await gateway.call('DELETE', `/admin/v1/budgets/${id}`);
});

async function createBudget(fields: object) {
  const body = { name: 'team', window: 'month', tenant_id: gateway.tenantId, ...fields };
  const answer = await gateway.call('POST', '/admin/v1/budgets', { body });
  expect(answer.status).toBe(201);
  return answer.body;
}

const chat = (body: object = {}) =>
  gateway.call('POST', '/v1/chat/completions', { key: gateway.tenantKey, body: { ...ASK, ...body } });
const budgetNow = async () => (await gateway.call('GET', '/admin/v1/budgets')).body.data[0];

describe('a hard budget', () => {
  it('refuses with 429 and its name what it cannot pay, before Bedrock is asked', async () => {
    await createBudget({ limit_usd: '0', name: 'research' });
    const before = gateway.sandbox.journal.list().length;
    const { status, body, headers } = await chat();
    expect(status).toBe(429);
    expect(body.error).toEqual({
      message: "The budget 'research' has not enough left for this request.",
      type: 'insufficient_quota',
      param: null,
      code: 'insufficient_quota',
    });
    expect(headers.get('x-should-retry')).toBe('false');
    expect((await chat({ stream: true })).status).toBe(429);
    expect(gateway.sandbox.journal.list()).toHaveLength(before);
  });

  it.each([{}, { stream: true }, { n: 2 }])(
    'pays exactly what %j costs, and holds nothing afterwards',
    async (fields) => {
      const { id } = await createBudget({ limit_usd: '1.00', model: BASE_MODEL });
      const spentBefore = Number((await budgetNow()).spent_usd);
      const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...ASK, ...fields }),
      });
      expect(response.status).toBe(200);
      await response.text();
      const [events] = await gateway.prisma.$queryRaw<{ cost: string; reserved: bigint }[]>`
      SELECT sum(cost_pico_usd)::text AS cost, count(reservation_id) AS reserved FROM usage_events`;
      expect(Number(events?.reserved)).toBeGreaterThan(0);
      const [held] = await gateway.prisma.$queryRaw<{ spent: string; reserved: string }[]>`
      SELECT spent::text, reserved::text FROM budget_windows WHERE budget_id = ${id}`;
      expect(held).toEqual({ spent: events?.cost, reserved: '0' });
      expect(Number((await budgetNow()).spent_usd)).toBeGreaterThan(spentBefore);
    },
  );

  it('pays for the embeddings of its tenant', async () => {
    await createBudget({ limit_usd: '0' });
    const answer = await gateway.call('POST', '/v1/embeddings', {
      key: gateway.tenantKey,
      body: { model: 'amazon.titan-embed-text-v2:0', input: 'hello' },
    });
    expect(answer.status).toBe(429);
  });

  it('refuses a model whose price is not known', async () => {
    await createBudget({ limit_usd: '100' });
    const { status, body } = await chat({ model: 'us.meta.llama4-scout-17b-instruct-v1:0', service_tier: 'flex' });
    expect([status, body.error.code]).toEqual([403, 'model_without_price']);
  });

  it('leaves the keys of others alone', async () => {
    await createBudget({ limit_usd: '0', tenant_id: 'ten_other' });
    expect((await chat()).status).toBe(200);
  });
});

describe('/admin/v1/budgets', () => {
  it('shows limit, spent, reserved and the rest, and takes a new limit at once', async () => {
    const budget = await createBudget({ limit_usd: '0', window: 'total', time_zone: 'Europe/Berlin' });
    expect(budget).toMatchObject({ object: 'budget', limit_usd: '0', remaining_usd: '0', hard: true, key_id: null });
    expect((await chat()).status).toBe(429);
    const { status, body } = await gateway.call('PATCH', `/admin/v1/budgets/${budget.id}`, {
      body: { limit_usd: null },
    });
    expect([status, body.limit_usd, body.remaining_usd]).toEqual([200, null, null]);
    expect((await chat()).status).toBe(200);
  });

  it('answers 404 for a budget that is not there', async () => {
    expect((await gateway.call('DELETE', '/admin/v1/budgets/bud_none')).status).toBe(404);
    const patched = await gateway.call('PATCH', '/admin/v1/budgets/bud_none', { body: { limit_usd: '1' } });
    expect([patched.status, patched.body.error.code]).toEqual([404, 'budget_not_found']);
  });

  it.each([
    ['limit_usd', { limit_usd: '-1' }],
    ['limit_usd', {}],
    ['window', { limit_usd: '1', window: 'hour' }],
    ['time_zone', { limit_usd: '1', time_zone: 'Mars' }],
    ['tenant_id', { limit_usd: '1', key_id: 'key_1', tenant_id: undefined }],
  ])('refuses a bad %s: %j', async (param, fields) => {
    const answer = await gateway.call('POST', '/admin/v1/budgets', {
      body: { name: 'b', window: 'day', tenant_id: 'ten_1', ...fields },
    });
    expect([answer.status, answer.body.error.param]).toEqual([400, param]);
  });
});
