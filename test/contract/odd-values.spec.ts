import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const call = (method: string, path: string, body?: object) => gateway.call(method, path, { ...(body && { body }) });
const refusal = (param: string) => {
  const message = expect.stringMatching(/^Invalid value for '[^']+': it .{5,}\.$/);
  return { status: 400, body: { error: { param, message } } };
};

const cursorOf = (text: string) => Buffer.from(JSON.stringify([text])).toString('base64url');

const AFTER_9999 = '9999-12-31T23:59:59-23:59';
const PRICE = { model: 'acme.odd', scope: 'in_region', input: '1', output: '1' };

describe('a moment that no calendar here has', () => {
  it.each([
    ['/admin/v1/usage?from=0000-01-01&to=2026-01-01', 'from'],
    [`/admin/v1/usage?to=${AFTER_9999}`, 'to'],
    ['/admin/v1/costs?from=2026-02-30', 'from'],
    ['/admin/v1/audit?from=0000-01-01', 'from'],
    [`/admin/v1/audit?to=${AFTER_9999}`, 'to'],
    ['/admin/v1/audit?from=2026-02-30', 'from'],
  ])('GET %s: 400 for %s', async (path, param) => {
    expect(await call('GET', path)).toMatchObject(refusal(param));
  });

  it.each([
    ['POST', '/admin/v1/rerate', 'from', { from: '0000-01-01', to: '2026-01-01' }],
    ['POST', '/admin/v1/rerate', 'to', { from: '2026-01-01', to: AFTER_9999 }],
    ['POST', '/admin/v1/admin-keys', 'expires_at', { name: 'odd', role: 'viewer', expires_at: AFTER_9999 }],
    ['PUT', '/admin/v1/prices', 'data[0].effective_from', { data: [{ ...PRICE, effective_from: '0000-01-01' }] }],
    ['PUT', '/admin/v1/prices', 'data[0].effective_from', { data: [{ ...PRICE, effective_from: AFTER_9999 }] }],
  ])('%s %s: 400 for %s', async (method, path, param, body) => {
    expect(await call(method, path, body)).toMatchObject(refusal(param));
  });
});

describe('text that the database cannot hold', () => {
  it.each([
    ['/admin/v1/usage?tenant_id=%00', 'tenant_id'],
    ['/admin/v1/usage?model=a&model=b%00', 'model[1]'],
    ['/admin/v1/costs?tag=team=%00', 'tag'],
    [`/admin/v1/usage?group_by=tenant&after=${cursorOf('\0')}`, 'after'],
    [`/admin/v1/usage?group_by=tenant&after=${cursorOf('\ud800')}`, 'after'],
    ['/v1/organization/costs?start_time=0&project_ids=%00', 'project_ids'],
    ['/v1/organization/usage/completions?start_time=0&models[]=%00', 'models[]'],
  ])('GET %s: 400 for %s', async (path, param) => {
    expect(await call('GET', path)).toMatchObject(refusal(param));
  });

  it.each([
    ['/admin/v1/tenants', 'name', { name: 'odd \ud800' }],
    ['/admin/v1/tenants', 'tags.team', { name: 'odd', tags: { team: '\udfff' } }],
    ['/admin/v1/tenants', 'allowed_s3_locations[0]', { name: 'odd', allowed_s3_locations: ['s3://bucket/\0'] }],
    ['/admin/v1/tenants', 'allowed_s3_locations[0]', { name: 'odd', allowed_s3_locations: ['s3://bucket/\ud800'] }],
    ['/admin/v1/budgets', 'tags.team', { name: 'odd', window: 'day', limit_usd: '1', tags: { team: '\ud800' } }],
  ])('POST %s: 400 for %s', async (path, param, body) => {
    expect(await call('POST', path, body)).toMatchObject(refusal(param));
  });

  it('takes whole pairs', async () => {
    const { body } = await call('POST', '/admin/v1/tenants', { name: '🐘', tags: { team: '🐘' } });
    expect(body).toMatchObject({ name: '🐘', tags: { team: '🐘' } });
  });
});

it('a step of a price that is too long for the database is refused', async () => {
  const answer = await call('PUT', '/admin/v1/prices', { data: [{ ...PRICE, above_tokens: 3_000_000_000 }] });
  expect(answer).toMatchObject({ status: 400, body: { error: { param: 'data[0].above_tokens' } } });
});

it.each([
  ['input', '100000'],
  ['per_request', '10000'],
])('a price with the %s %s, which can only be in a wrong unit, is refused', async (field, amount) => {
  const answer = await call('PUT', '/admin/v1/prices', { data: [{ ...PRICE, [field]: amount }] });
  expect(answer).toMatchObject({ status: 400, body: { error: { param: `data[0].${field}` } } });
});

it.each(['Asia/Kolkata', 'Asia/Calcutta'])(
  'a day of a budget begins at midnight in %s, by either name',
  async (zone) => {
    const { body } = await call('POST', '/admin/v1/budgets', {
      name: 'odd',
      window: 'day',
      limit_usd: '1',
      time_zone: zone,
    });
    expect(body).toMatchObject({ time_zone: zone, window_start: expect.stringMatching(/T18:30:00/) });
  },
);

it.each([
  ['POST', '/budgets', 'tenant_id', { name: 'a', window: 'day', limit_usd: '1', tenant_id: 'ten_none' }],
  ['POST', '/limits', 'tenant_id', { kind: 'requests', window: 'minute', limit: 1, tenant_id: 'ten_none' }],
  [
    'POST',
    '/aliases',
    'tenant_id',
    { name: 'a', targets: [{ model: 'amazon.nova-lite-v1:0' }], tenant_id: 'ten_none' },
  ],
  ['POST', '/webhooks', 'tenant_id', { name: 'a', url: 'https://hooks.example', tenant_id: 'ten_none' }],
  ['PUT', '/prices', 'data[0].tenant_id', { data: [{ ...PRICE, tenant_id: 'ten_none' }] }],
  ['POST', '/admin-keys', 'tenant_ids[0]', { name: 'a', role: 'tenant_admin', tenant_ids: ['ten_none'] }],
])('a tenant that does not exist is refused by %s %s', async (method, path, param, body) => {
  const answer = await gateway.call(method, `/admin/v1${path}`, { body });
  expect([answer.status, answer.body.error?.param]).toEqual([400, param]);
});
