import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

const MODEL = 'amazon.nova-lite-v1:0';
const HOME = 'us-east-1';
const OTHER = 'us-west-2';

let gateway: TestGateway;

afterEach(async () => {
  gateway.sandbox.script.clear();
  const { body } = await gateway.call('GET', '/admin/v1/quotas');
  for (const { id } of body.data) await gateway.call('DELETE', `/admin/v1/quotas/${id}`);
});

const enter = (fields: object, headers: Record<string, string> = {}) =>
  gateway.call('POST', '/admin/v1/quotas', { body: { model: MODEL, region: HOME, ...fields }, headers });

function ask(key = gateway.tenantKey, fields: object = {}) {
  const body = { model: MODEL, messages: [{ role: 'user', content: 'hello' }], max_tokens: 1_000, ...fields };
  return gateway.call('POST', '/v1/chat/completions', { key, body });
}

async function newTenantKey(name: string): Promise<string> {
  const { body } = await gateway.call('POST', '/admin/v1/tenants', { body: { name } });
  return (await gateway.call('POST', `/admin/v1/tenants/${body.id}/keys`, { body: { name } })).body.key;
}

describe('/admin/v1/quotas', () => {
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.close());

  it('enters, reads, changes and forgets a quota, with its version as the ETag', async () => {
    const made = await enter({ tokens_per_minute: 1_000_000 });
    expect(made).toMatchObject({
      status: 201,
      body: {
        object: 'account_quota',
        model: MODEL,
        region: HOME,
        tokens_per_minute: 1_000_000,
        requests_per_minute: null,
        version: 1,
      },
    });
    const path = `/admin/v1/quotas/${made.body.id}`;
    const read = await gateway.call('GET', path);
    expect([read.body, read.headers.get('etag')]).toEqual([made.body, '"1"']);
    const headers = { 'if-match': '"1"' };
    const changed = await gateway.call('PATCH', path, { body: { requests_per_minute: 5 }, headers });
    expect(changed.body).toMatchObject({ tokens_per_minute: 1_000_000, requests_per_minute: 5, version: 2 });
    expect((await gateway.call('PATCH', path, { body: { requests_per_minute: 6 }, headers })).status).toBe(412);
    expect((await gateway.call('DELETE', path)).status).toBe(204);
    expect((await gateway.call('GET', path)).body.error.code).toBe('quota_not_found');
    const { body: audit } = await gateway.call('GET', `/admin/v1/audit?resource_id=${made.body.id}`);
    expect(audit.data.map(({ action }: { action: string }) => action)).toEqual([
      'account_quota.delete',
      'account_quota.update',
      'account_quota.create',
    ]);
  });

  it('answers a repeated request once, and refuses a second quota of the same model and region', async () => {
    const headers = { 'idempotency-key': 'quota-once' };
    const [first, second] = [await enter({}, headers), await enter({}, headers)];
    expect([second.status, second.body.id]).toEqual([201, first.body.id]);
    const third = await enter({});
    expect([third.status, third.body.error.code]).toEqual([409, 'already_exists']);
  });

  it.each<[string, object]>([
    ['region', { region: 'everywhere' }],
    ['model', { model: '' }],
    ['tokens_per_minute', { tokens_per_minute: 0 }],
    ['requests_per_minute', { requests_per_minute: 1.5 }],
  ])('refuses a wrong %s, naming it', async (param, fields) => {
    const { status, body } = await enter(fields);
    expect([status, body.error.param]).toEqual([400, param]);
  });
});

describe('a quota without room', () => {
  beforeAll(async () => {
    gateway = await startTestGateway({ QUOTA_WAIT_MS: '0' });
  });
  afterAll(() => gateway.close());

  it('is told to the client, before anything is sent', async () => {
    await enter({ requests_per_minute: 1 });
    expect((await ask()).status).toBe(200);
    const asked = gateway.sandbox.journal.list().length;
    const { status, body, headers } = await ask();
    expect([status, body.error.type, body.error.code]).toEqual([429, 'account_quota', 'rate_limit_exceeded']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
    expect(headers.get('x-gateway-attempts')).toBeNull();
    expect(gateway.sandbox.journal.list()).toHaveLength(asked);
  });

  it('gets back what a call did not use, and all that Bedrock refused', async () => {
    await enter({ tokens_per_minute: 3_000 });
    gateway.sandbox.script.next({
      match: { textIncludes: 'fail' },
      fault: { kind: 'error', name: 'ValidationException' },
    });
    const messages = [{ role: 'user', content: 'fail' }];
    expect((await ask(undefined, { max_tokens: 2_500, messages })).status).toBe(400);
    for (let call = 0; call < 3; call += 1) {
      expect((await ask(undefined, { max_tokens: 2_500 })).status).toBe(200);
    }
  });
});

describe('a quota of one region without room', () => {
  beforeAll(async () => {
    gateway = await startTestGateway({ AWS_FAILOVER_REGIONS: OTHER });
  });
  afterAll(() => gateway.close());

  it('leaves the request for the next candidate, at once', async () => {
    await enter({ model: '*', requests_per_minute: 1 });
    const regions = [];
    for (let call = 0; call < 3; call += 1) {
      const { status, headers } = await ask();
      regions.push([status, headers.get('x-gateway-region'), headers.get('x-gateway-attempts')]);
    }
    expect(regions).toEqual([
      [200, HOME, '1'],
      [200, OTHER, '1'],
      [200, OTHER, '1'],
    ]);
  });
});

describe('a scarce quota', () => {
  beforeAll(async () => {
    gateway = await startTestGateway({ QUOTA_WAIT_MS: '60000' });
  });
  afterAll(() => gateway.close());

  it('is shared fairly between a tenant with 50 connections and one with a single one', async () => {
    const [greedy, small] = [await newTenantKey('greedy'), await newTenantKey('small')];
    // 10 requests a second, after the first burst was used up.
    await enter({ requests_per_minute: 600 });
    const stop = new AbortController();
    let served = 0;
    const crowd = Array.from({ length: 50 }, async () => {
      while (!stop.signal.aborted) {
        const { status } = await ask(greedy);
        if (status === 200 && !stop.signal.aborted) served += 1;
      }
    });
    await until(() => Promise.resolve(served >= 610), 'the burst to be used up', 60_000);
    const before = served;
    for (let call = 0; call < 10; call += 1) expect((await ask(small)).status).toBe(200);
    const meanwhile = served - before;
    stop.abort();
    const { body } = await gateway.call('GET', '/admin/v1/quotas');
    await gateway.call('PATCH', `/admin/v1/quotas/${body.data[0].id}`, { body: { requests_per_minute: null } });
    await Promise.all(crowd);
    // First come, first served would let 500 of the crowd pass; what passes here is mostly between two calls.
    expect(meanwhile).toBeLessThan(200);
  });
});
