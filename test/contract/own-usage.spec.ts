import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { startAccessApp } from '../support/access-app.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

const MODEL = 'global.anthropic.claude-sonnet-4-6';
const BASE_MODEL = 'anthropic.claude-sonnet-4-6';
const OTHER_MODEL = 'amazon.nova-lite-v1:0';
const ASK = { model: MODEL, messages: [{ role: 'user' as const, content: 'hello' }], max_tokens: 100 };
const TOLD = { 'x-gateway-budget': '1' };

let gateway: TestGateway;
let tenantId: string;
let otherTenantId: string;
/** Two keys of one tenant, and one of another. */
let key: { id: string; key: string };
let sibling: { id: string; key: string };
let stranger: { id: string; key: string };

async function createKey(ownerId: string, name: string, tags = {}) {
  return (await gateway.call('POST', `/admin/v1/tenants/${ownerId}/keys`, { body: { name, tags } })).body;
}
async function createBudget(fields: object) {
  const body = { window: 'month', tenant_id: tenantId, limit_usd: '1', hard: false, ...fields };
  const answer = await gateway.call('POST', '/admin/v1/budgets', { body: { name: 'b', ...body } });
  expect(answer.status).toBe(201);
  return answer.body;
}

beforeAll(async () => {
  gateway = await startTestGateway();
  tenantId = (await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'blue' } })).body.id;
  otherTenantId = (await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'red' } })).body.id;
  [key, sibling, stranger] = [
    await createKey(tenantId, 'one', { team: 'a' }),
    await createKey(tenantId, 'two'),
    await createKey(otherTenantId, 'three'),
  ];
});
afterAll(() => gateway.close());
afterEach(async () => {
  const { body } = await gateway.call('GET', '/admin/v1/budgets');
  for (const { id } of body.data) await gateway.call('DELETE', `/admin/v1/budgets/${id}`);
});

const chat = (secret = key.key, fields: object = {}, headers: Record<string, string> = {}) =>
  gateway.call('POST', '/v1/chat/completions', { key: secret, body: { ...ASK, ...fields }, headers });
const usage = (secret = key.key, query = '') => gateway.call('GET', `/v1/usage${query}`, { key: secret });

describe('GET /v1/usage', () => {
  it('sums what the key and its tenant have used, exactly, and nothing of another tenant', async () => {
    await chat(key.key);
    await chat(sibling.key);
    await chat(sibling.key);
    const { status, body } = await usage();
    expect(status).toBe(200);
    expect(body.key).toMatchObject({ id: key.id, name: 'one', requests: 1, errors: 0, unpriced_attempts: 0 });
    expect(body.tenant).toMatchObject({ id: tenantId, name: 'blue', requests: 3 });
    const [sums] = await gateway.prisma.$queryRaw<{ cost: string; tokens: bigint }[]>`
      SELECT trim_scale(sum(cost_pico_usd) * 0.000000000001)::text AS cost, sum(output_tokens) AS tokens
      FROM usage_events WHERE tenant_id = ${tenantId}`;
    expect(body.tenant).toMatchObject({ cost_usd: sums?.cost, output_tokens: Number(sums?.tokens) });
    const foreign = await usage(stranger.key);
    expect(foreign.body).toMatchObject({ key: { requests: 0, cost_usd: '0' }, tenant: { name: 'red', requests: 0 } });
    expect(JSON.stringify(foreign.body)).not.toContain(tenantId);
  });

  it('shows the budgets of the tenant that apply to the key, and no others', async () => {
    const applying = [
      await createBudget({ name: 'tenant', limit_usd: null }),
      await createBudget({ name: 'key', key_id: key.id, window: 'day' }),
      await createBudget({ name: 'tag', tags: { team: 'a' }, model: BASE_MODEL, window: 'total' }),
    ];
    await createBudget({ name: 'of the sibling', key_id: sibling.id });
    await createBudget({ name: 'of another tag', tags: { team: 'b' } });
    await createBudget({ name: 'of the organisation', tenant_id: undefined });
    await createBudget({ name: 'of another tenant', tenant_id: otherTenantId });
    await createBudget({ name: 'of a tag of everybody', tenant_id: undefined, tags: { team: 'a' } });
    await chat();
    const { body } = await usage();
    const shown = Object.fromEntries(body.budgets.map((budget: { name: string }) => [budget.name, budget]));
    expect(new Set(Object.keys(shown))).toEqual(new Set(['key', 'tag', 'tenant']));
    expect(new Set(body.budgets.map(({ id }: { id: string }) => id))).toEqual(new Set(applying.map(({ id }) => id)));
    expect(shown.tenant).toMatchObject({ limit_usd: null, remaining_usd: null, hard: false, key_id: null });
    expect(shown.key).toMatchObject({ key_id: key.id, limit_usd: '1', reserved_usd: '0' });
    expect(Number(shown.key.spent_usd) + Number(shown.key.remaining_usd)).toBeCloseTo(1, 12);
    expect(Date.parse(shown.key.reset_at) - Date.parse(shown.key.window_start)).toBe(86_400_000);
    expect(shown.tag).toMatchObject({ tags: { team: 'a' }, model: BASE_MODEL, reset_at: null });
  });

  it('keeps to its range', async () => {
    const { body: before } = await usage(key.key, '?from=2020-01-01&to=2020-02-01');
    expect(before).toMatchObject({ from: '2020-01-01T00:00:00.000Z', key: { requests: 0 }, tenant: { requests: 0 } });
  });

  it.each([
    ['from', '?from=yesterday'],
    ['from', '?from=2026-02-01&to=2026-01-01'],
    ['to', '?to=2026-13-01'],
    ['tenant_id', '?tenant_id=ten_other'],
    ['key_id', '?key_id=key_other'],
  ])('refuses a bad %s: %s', async (param, query) => {
    const { status, body } = await usage(key.key, query);
    expect([status, body.error.param]).toEqual([400, param]);
  });

  it('is closed to keys that are limited to other endpoints', async () => {
    const path = `/admin/v1/tenants/${tenantId}/keys`;
    const limited = await gateway.call('POST', path, { body: { name: 'chat', allowed_endpoints: ['chat'] } });
    expect((await usage(limited.body.key)).status).toBe(403);
    const open = await gateway.call('POST', path, { body: { name: 'usage', allowed_endpoints: ['usage'] } });
    expect((await usage(open.body.key)).status).toBe(200);
  });

  it('is what the document says', async () => {
    await createBudget({ name: 'month' });
    const { body: document } = await gateway.call('GET', '/openapi.json');
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    ajv.addSchema({ $id: 'openapi', ...document });
    const validate = ajv.getSchema('openapi#/components/schemas/OwnUsage');
    expect([validate?.((await usage()).body), validate?.errors]).toEqual([true, null]);
  });
});

const budgetHeaders = (headers: Headers) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-gateway-budget')));

describe('the headers of a budget', () => {
  it('tell of the tightest budget that applied what is left after the call', async () => {
    await createBudget({ name: 'wide', limit_usd: '50' });
    const { id, window_end: end } = await createBudget({ name: 'narrow', limit_usd: '2', model: BASE_MODEL });
    await createBudget({ name: 'of another model', limit_usd: '0.5', model: OTHER_MODEL });
    await createBudget({ name: 'unlimited', limit_usd: null });
    await createBudget({ name: 'of the organisation', limit_usd: '0.1', tenant_id: undefined });
    const { headers } = await chat(key.key, {}, TOLD);
    const { body } = await gateway.call('GET', `/admin/v1/budgets/${id}`);
    expect(budgetHeaders(headers)).toEqual({
      'x-gateway-budget-id': id,
      'x-gateway-budget-limit-usd': '2',
      'x-gateway-budget-remaining-usd': body.remaining_usd,
      'x-gateway-budget-reset': end,
    });
    expect(Number(body.remaining_usd)).toBeLessThan(2);
  });

  it('stand before a stream, with what it may cost at most held back', async () => {
    const { id } = await createBudget({ hard: true, limit_usd: '3', window: 'total' });
    const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.key}`, 'content-type': 'application/json', ...TOLD },
      body: JSON.stringify({ ...ASK, stream: true }),
    });
    const told = budgetHeaders(response.headers);
    expect(await response.text()).toMatch(/data: \[DONE\]\n\n$/);
    expect(told).toEqual({
      'x-gateway-budget-id': id,
      'x-gateway-budget-limit-usd': '3',
      'x-gateway-budget-remaining-usd': expect.any(String),
    });
    const { body } = await gateway.call('GET', `/admin/v1/budgets/${id}`);
    expect(Number(told['x-gateway-budget-remaining-usd'])).toBeLessThan(Number(body.remaining_usd));
  });

  it('come with a refusal too', async () => {
    const { id } = await createBudget({ hard: true, limit_usd: '0' });
    const { status, headers } = await chat(key.key, {}, TOLD);
    expect(status).toBe(429);
    expect(budgetHeaders(headers)).toMatchObject({ 'x-gateway-budget-id': id, 'x-gateway-budget-remaining-usd': '0' });
  });

  it('are not there unless asked for, or where no budget applies', async () => {
    expect(budgetHeaders((await chat(key.key, {}, TOLD)).headers)).toEqual({});
    await createBudget({ name: 'b' });
    expect(budgetHeaders((await chat()).headers)).toEqual({});
    expect(budgetHeaders((await chat(key.key, {}, { 'x-gateway-budget': '0' })).headers)).toEqual({});
    expect(budgetHeaders((await chat(stranger.key, {}, TOLD)).headers)).toEqual({});
  });
});

describe('a hard budget that is made on one replica', () => {
  it('is in force on the others', async () => {
    const replica = await startAccessApp({}, gateway);
    const ask = () =>
      fetch(`${replica.baseUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(ASK),
      });
    // That replica has no Bedrock: what is not refused fails there.
    expect((await ask()).status).not.toBe(429);
    await createBudget({ hard: true, limit_usd: '0' });
    await until(async () => (await ask()).status === 429, 'the other replica refuses');
    await replica.close();
  });
});
