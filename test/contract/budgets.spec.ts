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

async function createTenant(): Promise<string> {
  const { body } = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'another team' } });
  return body.id as string;
}

async function createBudget(fields: object) {
  const body = { name: 'team', window: 'month', tenant_id: gateway.tenantId, ...fields };
  const answer = await gateway.call('POST', '/admin/v1/budgets', { body });
  expect(answer.status).toBe(201);
  return answer.body;
}

const chat = (body: object = {}) =>
  gateway.call('POST', '/v1/chat/completions', { key: gateway.tenantKey, body: { ...ASK, ...body } });
const tenantPath = () => `/admin/v1/tenants/${gateway.tenantId}`;
const soon = () => new Date(Date.now() + 3_600_000).toISOString();
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

  it.each([
    ['application-inference-profile/sandbox00001', BASE_MODEL, 'us'],
    ['application-inference-profile/sandbox00002', 'amazon.nova-lite-v1:0', 'in_region'],
    ['provisioned-model/sandboxprov1', 'amazon.nova-pro-v1:0', 'in_region'],
    ['custom-model-deployment/sandboxdepl1', 'amazon.nova-lite-v1:0', 'in_region'],
  ])('pays for %s as for the model behind it', async (model, base, scope) => {
    const { id } = await createBudget({ limit_usd: '100', model: base });
    const { status, headers } = await chat({ model });
    expect(status).toBe(200);
    const requestId = headers.get('x-request-id') ?? '';
    const event = await gateway.prisma.usageEvent.findFirstOrThrow({ where: { requestId } });
    expect(event).toMatchObject({ model: base, scope, unpriced: false, estimated: false });
    expect(event.resolvedModel).toMatch(/^arn:/);
    expect(event.costPicoUsd).toBeGreaterThan(0n);
    expect((await gateway.call('GET', `/admin/v1/budgets/${id}`)).body.spent_usd).not.toBe('0');
  });

  it('refuses an imported model until an operator prices its ARN', async () => {
    const model = 'arn:aws:bedrock:us-east-1:123456789012:imported-model/sandboximpo1';
    await createBudget({ limit_usd: '100' });
    const refused = await chat({ model });
    expect([refused.status, refused.body.error.code]).toEqual([403, 'model_without_price']);
    const price = { model, scope: 'in_region', input: '1', output: '1' };
    expect((await gateway.call('PUT', '/admin/v1/prices', { body: { data: [price] } })).status).toBe(200);
    expect((await chat({ model })).status).toBe(200);
  });

  it('counts a model under every inference profile, however the budget names it', async () => {
    const { model } = await createBudget({ limit_usd: '0', model: 'eu.anthropic.claude-sonnet-4-6' });
    expect(model).toBe(BASE_MODEL);
    expect((await chat()).status).toBe(429);
  });

  it('leaves the keys of others alone', async () => {
    await createBudget({ limit_usd: '0', tenant_id: await createTenant() });
    expect((await chat()).status).toBe(200);
  });
});

describe('a budget of a tag', () => {
  afterEach(() => gateway.call('PATCH', tenantPath(), { body: { tags: {} } }));

  it('pays for keys that have the tag themselves or by their tenant, and for no others', async () => {
    const { body: key } = await gateway.call('POST', `${tenantPath()}/keys`, {
      body: { name: 'tagged', tags: { 'cost-centre': '42' } },
    });
    await createBudget({ limit_usd: '0', tenant_id: undefined, tags: { 'cost-centre': '42' }, name: 'centre 42' });
    const { status, body } = await gateway.call('POST', '/v1/chat/completions', { key: key.key, body: ASK });
    expect([status, body.error.message]).toEqual([429, expect.stringContaining("'centre 42'")]);
    expect((await chat()).status).toBe(200);
    await gateway.call('PATCH', tenantPath(), { body: { tags: { 'cost-centre': '42' } } });
    expect((await chat()).status).toBe(429);
    await gateway.call('PATCH', tenantPath(), { body: { tags: { 'cost-centre': '43' } } });
    expect((await chat()).status).toBe(200);
  });
});

describe('a temporary increase', () => {
  it('lets calls through until it is taken back, and the audit log says why', async () => {
    const { id } = await createBudget({ limit_usd: '0' });
    expect((await chat()).status).toBe(429);
    const path = `/admin/v1/budgets/${id}/increases`;
    const until = soon();
    const { status, body } = await gateway.call('POST', path, {
      body: { amount_usd: '5', until, reason: 'launch week' },
    });
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({ object: 'budget_increase', amount_usd: '5', until, reason: 'launch week' }),
    ]);
    expect(await budgetNow()).toMatchObject({ limit_usd: '0', limit_now_usd: '5' });
    expect((await chat()).status).toBe(200);
    expect((await gateway.call('GET', path)).body.data).toMatchObject([{ id: body.id, cancelled_at: null }]);
    expect((await gateway.call('DELETE', `${path}/${body.id}`)).body.cancelled_at).toEqual(expect.any(String));
    expect((await chat()).status).toBe(429);
    const { body: audit } = await gateway.call('GET', '/admin/v1/audit?limit=2');
    expect(audit.data.map(({ action }: { action: string }) => action)).toEqual([
      'budget.cancel_increase',
      'budget.increase',
    ]);
    expect(audit.data[1].after).toMatchObject({ amountUsd: '5', reason: 'launch week', until });
  });

  it.each([
    ['amount_usd', { amount_usd: '0' }],
    ['amount_usd', { amount_usd: '-1' }],
    ['until', { until: '2020-01-01T00:00:00Z' }],
    ['until', { until: 'tomorrow' }],
    ['reason', { reason: ' ' }],
  ])('with a bad %s is refused: %j', async (param, fields) => {
    const { id } = await createBudget({ limit_usd: '1' });
    const answer = await gateway.call('POST', `/admin/v1/budgets/${id}/increases`, {
      body: { amount_usd: '1', until: soon(), reason: 'r', ...fields },
    });
    expect([answer.status, answer.body.error.param]).toEqual([400, param]);
  });

  it('needs a budget that is there and limited', async () => {
    const body = { amount_usd: '1', until: soon(), reason: 'r' };
    const none = await gateway.call('POST', '/admin/v1/budgets/bud_none/increases', { body });
    expect([none.status, none.body.error.code]).toEqual([404, 'budget_not_found']);
    const { id } = await createBudget({ limit_usd: null });
    const unlimited = await gateway.call('POST', `/admin/v1/budgets/${id}/increases`, { body });
    expect([unlimited.status, unlimited.body.error.param]).toEqual([400, 'amount_usd']);
    const missing = await gateway.call('DELETE', `/admin/v1/budgets/${id}/increases/inc_none`);
    expect([missing.status, missing.body.error.code]).toEqual([404, 'budget_increase_not_found']);
  });
});

describe('/admin/v1/budgets', () => {
  it('changes name, limit and thresholds one by one, and not what somebody else has changed', async () => {
    const { id, thresholds } = await createBudget({ limit_usd: '1', window: 'day' });
    expect(thresholds).toEqual([50, 80, 100]);
    const path = `/admin/v1/budgets/${id}`;
    const { headers } = await gateway.call('GET', path);
    expect(headers.get('etag')).toBe('"1"');
    const changed = await gateway.call('PATCH', path, { body: { thresholds: [90, 10, 90] } });
    expect(changed.body).toMatchObject({ limit_usd: '1', name: 'team', thresholds: [10, 90], version: 2 });
    const stale = { body: { limit_usd: null, name: 'other' }, headers: { 'if-match': '"1"' } };
    expect((await gateway.call('PATCH', path, stale)).status).toBe(412);
    expect((await gateway.call('DELETE', path, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    const fresh = await gateway.call('PATCH', path, { ...stale, headers: { 'if-match': '"2"' } });
    expect(fresh.body).toMatchObject({ limit_usd: null, limit_now_usd: null, remaining_usd: null, name: 'other' });
    const { window_start: start, window_end: end } = fresh.body;
    expect(Date.parse(end) - Date.parse(start)).toBe(86_400_000);
  });

  it("shows an admin of a tenant that tenant's budgets only", async () => {
    const own = await createBudget({ limit_usd: '1' });
    const other = await createBudget({ limit_usd: '1', tenant_id: await createTenant() });
    const operator = await gateway.call('POST', '/admin/v1/admin-keys', {
      body: { name: 'lead', role: 'tenant_admin', tenant_ids: [gateway.tenantId] },
    });
    const read = (path: string) => gateway.call('GET', `/admin/v1/budgets${path}`, { key: operator.body.key });
    expect((await read('')).body.data.map(({ id }: { id: string }) => id)).toEqual([own.id]);
    expect((await read(`/${own.id}`)).status).toBe(200);
    expect((await read(`/${other.id}`)).status).toBe(404);
    expect((await read(`/${other.id}/increases`)).status).toBe(404);
  });

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

  it('answers a repeated POST as it did the first time, whatever has become of the budget', async () => {
    const tenantId = await createTenant();
    const post = () =>
      gateway.call('POST', '/admin/v1/budgets', {
        body: { name: 'repeated', limit_usd: '1', window: 'day', tenant_id: tenantId },
        headers: { 'idempotency-key': 'repeated-budget' },
      });
    const first = await post();
    await gateway.call('PATCH', `/admin/v1/budgets/${first.body.id}`, { body: { limit_usd: '2' } });
    expect(await post()).toMatchObject({ status: 201, body: first.body });
    await gateway.call('DELETE', `/admin/v1/budgets/${first.body.id}`);
    expect(await post()).toMatchObject({ status: 201, body: first.body });
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
    ['tenant_id', { limit_usd: '1', tenant_id: 'ten_none' }],
    ['key_id', { limit_usd: '1', key_id: 'key_none' }],
    ['tags.a b', { limit_usd: '1', tags: { 'a b': 'c' } }],
    ['thresholds[0]', { limit_usd: '1', thresholds: [0] }],
    ['thresholds', { limit_usd: '1', thresholds: Array.from({ length: 11 }, (_, index) => index + 1) }],
  ])('refuses a bad %s: %j', async (param, fields) => {
    const answer = await gateway.call('POST', '/admin/v1/budgets', {
      body: { name: 'b', window: 'day', tenant_id: gateway.tenantId, ...fields },
    });
    expect([answer.status, answer.body.error.param]).toEqual([400, param]);
  });
});
