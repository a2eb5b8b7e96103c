import { RateLimitError } from 'openai';
import { startAccessApp } from '../support/access-app.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { runningTime } from '../support/running-time.js';
import { until } from '../support/until.js';

const MODEL = 'global.anthropic.claude-sonnet-4-6';
const BASE_MODEL = 'anthropic.claude-sonnet-4-6';
const OTHER_MODEL = 'amazon.nova-lite-v1:0';
const ASK = { model: MODEL, messages: [{ role: 'user' as const, content: 'hello' }], max_tokens: 100 };

let gateway: TestGateway;
let key: { id: string; key: string; version: number };

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());
beforeEach(async () => {
  key = await issueKey();
});
afterEach(async () => {
  const { body } = await gateway.call('GET', '/admin/v1/limits?limit=100');
  for (const { id } of body.data) await gateway.call('DELETE', `/admin/v1/limits/${id}`);
});

async function issueKey(fields: object = {}) {
  const path = `/admin/v1/tenants/${gateway.tenantId}/keys`;
  const { status, body } = await gateway.call('POST', path, { body: { name: 'limited', ...fields } });
  expect(status).toBe(201);
  return body;
}

async function limit(fields: object) {
  const answer = await gateway.call('POST', '/admin/v1/limits', { body: { tenant_id: gateway.tenantId, ...fields } });
  expect(answer.status).toBe(201);
  return answer.body;
}

const perMinute = (amount: number | null, fields: object = {}) =>
  limit({ key_id: key.id, kind: 'requests', window: 'minute', limit: amount, ...fields });
const chat = (body: object = {}, secret = key.key) =>
  gateway.call('POST', '/v1/chat/completions', { key: secret, body: { ...ASK, ...body } });
const count = (headers: Headers, name: string) => Number(headers.get(`x-ratelimit-${name}`));

const embed = () =>
  gateway.call('POST', '/v1/embeddings', {
    key: key.key,
    body: { model: 'amazon.titan-embed-text-v2:0', input: ['a', 'b', 'c'] },
  });
const openStream = () => gateway.openai({ key: key.key }).chat.completions.create({ ...ASK, stream: true });

async function statuses(times: number, body: object = {}): Promise<number[]> {
  const seen = [];
  for (let n = 0; n < times; n += 1) seen.push((await chat(body)).status);
  return seen;
}

describe('a limit of requests', () => {
  it('answers 429 as OpenAI does, before Bedrock is asked, and says when to come again', async () => {
    await perMinute(2);
    expect(await statuses(2)).toEqual([200, 200]);
    const asked = gateway.sandbox.journal.list().length;
    const { status, body, headers } = await chat();
    expect([status, body.error]).toEqual([
      429,
      {
        message: expect.stringMatching(
          /^Rate limit reached for this key on requests per minute: Limit 2, used 2, requested 1\. Please try again in (1m)?\d+(\.\d+)?s\.$/,
        ),
        type: 'requests',
        param: null,
        code: 'rate_limit_exceeded',
      },
    ]);
    const afterMs = Number(headers.get('retry-after-ms'));
    expect(afterMs).toBeGreaterThan(50_000);
    expect(afterMs).toBeLessThanOrEqual(60_500);
    expect(Number(headers.get('retry-after'))).toBe(Math.ceil(afterMs / 1000));
    expect(headers.get('x-should-retry')).toBeNull();
    expect(gateway.sandbox.journal.list()).toHaveLength(asked);
  });

  it('is a RateLimitError of the official client, also for a stream', async () => {
    await perMinute(0);
    const client = gateway.openai({ key: key.key });
    await expect(client.chat.completions.create(ASK)).rejects.toBeInstanceOf(RateLimitError);
    await expect(client.chat.completions.create({ ...ASK, stream: true })).rejects.toMatchObject({
      status: 429,
      code: 'rate_limit_exceeded',
      type: 'requests',
    });
  });

  it.each([{}, { stream: true }])('shows in the headers of the answer to %j what is left', async (fields) => {
    await perMinute(3);
    await perMinute(50, { window: 'day' });
    await chat();
    const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ ...ASK, ...fields }),
    });
    await response.text();
    expect([count(response.headers, 'limit-requests'), count(response.headers, 'remaining-requests')]).toEqual([3, 1]);
    expect(response.headers.get('x-ratelimit-reset-requests')).toMatch(/^(\d+m)?\d+(\.\d+)?s$/);
    expect(response.headers.get('x-ratelimit-limit-tokens')).toBeNull();
  });

  it('sends no such headers where nothing is limited', async () => {
    const { headers } = await chat();
    expect([...headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });

  it('counts a request once, whatever number of choices it asks for', async () => {
    await perMinute(2);
    expect(await statuses(3, { n: 3 })).toEqual([200, 200, 429]);
  });

  it('counts a count of tokens as a request that uses none', async () => {
    await perMinute(2);
    await perMinute(100_000, { kind: 'tokens' });
    const body = { model: MODEL, messages: ASK.messages };
    const ask = () => gateway.call('POST', '/v1/tokens/count', { key: key.key, body });
    const { status, headers } = await ask();
    expect([status, count(headers, 'remaining-requests'), count(headers, 'remaining-tokens')]).toEqual([
      200, 1, 100_000,
    ]);
    expect(await statuses(2)).toEqual([200, 429]);
    expect(await ask()).toMatchObject({ status: 429, body: { error: { code: 'rate_limit_exceeded' } } });
  });

  it('counts a request once, also when Bedrock is asked again', async () => {
    await perMinute(2);
    gateway.sandbox.script.next({ fault: [{ kind: 'error', name: 'InternalServerException', status: 500 }] });
    expect(await statuses(3)).toEqual([200, 200, 429]);
  });

  it.each([
    ['400', { messages: [] }, 400],
    ['404', { model: 'amazon.nothing-v1:0' }, 404],
  ])('does not count what is refused with %s', async (_, fields, status) => {
    await perMinute(1);
    expect(await statuses(2, fields)).toEqual([status, status]);
    expect(await statuses(2)).toEqual([200, 429]);
  });

  it('counts neither requests nor tokens that a budget refuses', async () => {
    await perMinute(1);
    await perMinute(10_000, { kind: 'tokens' });
    const budget = await gateway.call('POST', '/admin/v1/budgets', {
      body: { name: 'b', window: 'day', tenant_id: gateway.tenantId, key_id: key.id, limit_usd: '0' },
    });
    const refused = await chat();
    expect([refused.status, refused.body.error.code]).toEqual([429, 'insufficient_quota']);
    await gateway.call('DELETE', `/admin/v1/budgets/${budget.body.id}`);
    const { status, headers, body } = await chat();
    expect(status).toBe(200);
    expect(count(headers, 'remaining-tokens')).toBe(10_000 - body.usage.total_tokens);
  });

  it('takes nothing of any limit when one refuses', async () => {
    await perMinute(1);
    const tenants = await limit({ kind: 'requests', window: 'minute', limit: 5 });
    expect(await statuses(10)).toEqual([200, ...Array.from({ length: 9 }, () => 429)]);
    key = await issueKey();
    expect(await statuses(5)).toEqual([200, 200, 200, 200, 429]);
    expect((await chat()).body.error.message).toContain('this tenant on requests per minute: Limit 5, used 5');
    await gateway.call('PATCH', `/admin/v1/limits/${tenants.id}`, { body: { limit: null } });
    expect((await chat()).status).toBe(200);
  });

  it('of a model is counted under every profile of it, and for this model alone', async () => {
    await perMinute(1, { model: MODEL });
    expect((await chat()).status).toBe(200);
    expect((await chat({ model: 'us.anthropic.claude-sonnet-4-6' })).body.error.message).toContain(
      `this key on the model '${BASE_MODEL}'`,
    );
    expect((await chat({ model: OTHER_MODEL })).status).toBe(200);
  });

  it('of a model without a tenant is shared by all tenants', async () => {
    const other = (await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'other' } })).body;
    const theirs = (await gateway.call('POST', `/admin/v1/tenants/${other.id}/keys`, { body: { name: 'k' } })).body;
    await perMinute(1, { tenant_id: undefined, key_id: undefined, model: OTHER_MODEL });
    expect((await chat({ model: OTHER_MODEL }, theirs.key)).status).toBe(200);
    const refused = await chat({ model: OTHER_MODEL });
    expect([refused.status, refused.body.error.message]).toEqual([
      429,
      expect.stringContaining(`for the model '${OTHER_MODEL}' on requests per minute`),
    ]);
  });

  it('counts embeddings, too', async () => {
    await perMinute(1);
    const first = await embed();
    expect([first.status, count(first.headers, 'remaining-requests')]).toEqual([200, 0]);
    expect((await embed()).status).toBe(429);
  });
});

describe('a limit of tokens', () => {
  it('counts in the end what was used, not what was expected', async () => {
    await perMinute(1_000, { kind: 'tokens' });
    let used = 0;
    for (let n = 0; n < 3; n += 1) {
      const { headers, body } = await chat({ max_tokens: 500 });
      used += body.usage.total_tokens;
      expect(count(headers, 'remaining-tokens')).toBe(1_000 - used);
    }
    expect(used).toBeLessThan(500);
  });

  it('reserves the prompt and the output limit, so that requests in flight cannot exceed it together', async () => {
    await perMinute(1_000, { kind: 'tokens' });
    gateway.sandbox.script.next({ headersDelayMs: 600_000 });
    const before = gateway.sandbox.journal.list().length;
    const asked = [chat({ max_tokens: 600 }), chat({ max_tokens: 600 })];
    const refused = await Promise.race(asked);
    await until(() => gateway.sandbox.journal.list().length > before, 'the other one to reach Bedrock');
    gateway.sandbox.hurry();
    expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200, 429]));
    expect(refused.body.error).toMatchObject({
      type: 'tokens',
      message: expect.stringMatching(
        /on tokens per minute: Limit 1000, used 6\d\d, requested 6\d\d\. Please try again/,
      ),
    });
  });

  it('counts the tokens of a stream, shows the reservation in its headers, and forgets it at its end', async () => {
    await perMinute(1_000, { kind: 'tokens' });
    const client = gateway.openai({ key: key.key });
    const { data, response } = await client.chat.completions
      .create({ ...ASK, max_tokens: 400, stream: true, stream_options: { include_usage: true } })
      .withResponse();
    expect(count(response.headers, 'remaining-tokens')).toBeLessThanOrEqual(600);
    let total = 0;
    for await (const chunk of data) total += chunk.usage?.total_tokens ?? 0;
    expect(total).toBeGreaterThan(0);
    const { headers, body } = await chat();
    expect(count(headers, 'remaining-tokens')).toBe(1_000 - total - body.usage.total_tokens);
  });

  it('tells a request that can never fit so, and not to try again', async () => {
    await perMinute(200, { kind: 'tokens' });
    const { status, body, headers } = await chat({ max_tokens: 300 });
    expect([status, body.error.type, headers.get('x-should-retry'), headers.get('retry-after')]).toEqual([
      429,
      'tokens',
      'false',
      null,
    ]);
    expect(body.error.message).toContain('can never fit');
    expect((await chat()).status).toBe(200);
  });

  it('gives back what a call expected that Bedrock refused', async () => {
    await perMinute(1_000, { kind: 'tokens' });
    gateway.sandbox.script.next({ fault: [{ kind: 'error', name: 'ValidationException' }] });
    expect((await chat()).status).toBe(400);
    const { headers, body } = await chat();
    expect(count(headers, 'remaining-tokens')).toBe(1_000 - body.usage.total_tokens);
  });

  it('keeps what a call expected whose usage nobody knows', async () => {
    await perMinute(1_000, { kind: 'tokens' });
    gateway.sandbox.script.next({ usage: null });
    await chat({ max_tokens: 600 });
    const { status, body } = await chat({ max_tokens: 600 });
    expect([status, body.error.type]).toEqual([429, 'tokens']);
  });
});

describe('a limit of concurrent requests', () => {
  it('refuses one too many, and forgets a stream that was read to its end', async () => {
    await perMinute(1, { kind: 'concurrent_requests', window: undefined });
    gateway.sandbox.script.next({ chunks: 3, fault: { kind: 'stall', afterEvents: 2, ms: 600_000 } });
    const stream = await openStream();
    const { status, body, headers } = await chat();
    expect([status, body.error.code, headers.get('retry-after')]).toEqual([429, 'rate_limit_exceeded', '1']);
    expect(body.error.message).toContain('on concurrent requests: Limit 1, used 1');
    gateway.sandbox.hurry();
    for await (const chunk of stream) expect(chunk.object).toBe('chat.completion.chunk');
    expect(await statuses(3)).toEqual([200, 200, 200]);
  });

  it('forgets a stream that its client has cut, though it is read on', async () => {
    await perMinute(1, { kind: 'concurrent_requests', window: undefined });
    gateway.sandbox.script.next({ chunks: 200, delayMs: 50 });
    const stream = await openStream();
    await stream[Symbol.asyncIterator]().next();
    expect((await chat()).status).toBe(429);
    stream.controller.abort();
    await until(async () => (await chat()).status === 200, 'the place of the cut stream is free');
  });

  it('forgets a request that fails, also one that Bedrock fails', async () => {
    await perMinute(1, { kind: 'concurrent_requests', window: undefined });
    gateway.sandbox.script.next({ fault: [{ kind: 'error', name: 'AccessDeniedException' }] });
    gateway.sandbox.script.next({ fault: [{ kind: 'truncate', afterEvents: 4 }] });
    expect((await chat()).status).toBe(403);
    await (await openStream())[Symbol.asyncIterator]().next();
    await until(async () => (await chat()).status === 200, 'the place of the broken stream is free');
  });
});

describe('the own limits of a tenant and a key', () => {
  it('hold beside those of operators, the lower one of two', async () => {
    key = await issueKey({ limits: { requests_per_minute: 2 } });
    await perMinute(50);
    const { headers } = await chat();
    expect([count(headers, 'limit-requests'), count(headers, 'remaining-requests')]).toEqual([2, 1]);
    expect(await statuses(2)).toEqual([200, 429]);
  });

  it('of a key may not be wider than those of its tenant', async () => {
    const { body: tenant } = await gateway.call('POST', '/admin/v1/tenants', {
      body: { name: 'narrow', limits: { requests_per_minute: 1, tokens_per_day: 5_000 } },
    });
    expect(tenant.limits).toEqual({ requests_per_minute: 1, tokens_per_day: 5_000 });
    const keys = `/admin/v1/tenants/${tenant.id}/keys`;
    const wide = await gateway.call('POST', keys, { body: { name: 'k', limits: { tokens_per_day: 5_001 } } });
    expect([wide.status, wide.body.error.param]).toEqual([400, 'limits.tokens_per_day']);
    const theirs = (await gateway.call('POST', keys, { body: { name: 'k', limits: { tokens_per_day: 4_000 } } })).body;
    const changed = await gateway.call('PATCH', `${keys}/${theirs.id}`, {
      body: { limits: { tokens_per_day: 6_000 } },
    });
    expect([changed.status, changed.body.error.param]).toEqual([400, 'limits.tokens_per_day']);
    const first = await chat({}, theirs.key);
    expect([first.status, count(first.headers, 'limit-tokens')]).toEqual([200, 4_000]);
    expect((await chat({}, theirs.key)).body.error.message).toContain('this tenant on requests per minute');
    await gateway.call('PATCH', `/admin/v1/tenants/${tenant.id}`, { body: { limits: null } });
    expect((await chat({}, theirs.key)).status).toBe(200);
  });

  it.each([
    ['limits.requests_per_minute', { requests_per_minute: -1 }],
    ['limits.requests_per_minute', { requests_per_minute: 1.5 }],
    ['limits.requests_per_hour', { requests_per_hour: 1 }],
  ])('refuse a bad %s', async (param, limits) => {
    const path = `/admin/v1/tenants/${gateway.tenantId}/keys`;
    const { status, body } = await gateway.call('POST', path, { body: { name: 'k', limits } });
    expect([status, body.error.param]).toEqual([400, param]);
  });
});

describe('/admin/v1/limits', () => {
  it('creates, reads, lists, changes and deletes, by the version that was read', async () => {
    const created = await perMinute(5, { model: BASE_MODEL });
    expect(created).toMatchObject({
      object: 'rate_limit',
      tenant_id: gateway.tenantId,
      key_id: key.id,
      model: BASE_MODEL,
      kind: 'requests',
      window: 'minute',
      limit: 5,
      version: 1,
    });
    const path = `/admin/v1/limits/${created.id}`;
    const read = await gateway.call('GET', path);
    expect([read.body, read.headers.get('etag')]).toEqual([created, '"1"']);
    const list = await gateway.call('GET', `/admin/v1/limits?tenant_id=${gateway.tenantId}`);
    expect(list.body).toMatchObject({ object: 'list', data: [created], has_more: false });
    const changed = await gateway.call('PATCH', path, { body: { limit: 6 }, headers: { 'if-match': '"1"' } });
    expect([changed.status, changed.body.limit, changed.body.version]).toEqual([200, 6, 2]);
    for (const method of ['PATCH', 'DELETE']) {
      const stale = await gateway.call(method, path, { body: { limit: 7 }, headers: { 'if-match': '"1"' } });
      expect([method, stale.status]).toEqual([method, 412]);
    }
    expect((await gateway.call('DELETE', path)).status).toBe(204);
    expect((await gateway.call('GET', path)).body.error.code).toBe('rate_limit_not_found');
    const audit = await gateway.call('GET', `/admin/v1/audit?resource_id=${created.id}`);
    expect(audit.body.data.map(({ action }: { action: string }) => action).sort()).toEqual([
      'rate_limit.create',
      'rate_limit.delete',
      'rate_limit.update',
    ]);
  });

  it('keeps one limit for each scope, kind and window', async () => {
    await perMinute(5);
    const again = await gateway.call('POST', '/admin/v1/limits', {
      body: { tenant_id: gateway.tenantId, key_id: key.id, kind: 'requests', window: 'minute', limit: 6 },
    });
    expect([again.status, again.body.error.code]).toEqual([409, 'already_exists']);
  });

  it('repeats the answer to a repeated Idempotency-Key', async () => {
    const body = { tenant_id: gateway.tenantId, kind: 'tokens', window: 'day', limit: 1_000_000 };
    const headers = { 'idempotency-key': 'limit-once' };
    const first = await gateway.call('POST', '/admin/v1/limits', { body, headers });
    expect(await gateway.call('POST', '/admin/v1/limits', { body, headers })).toMatchObject({
      status: 201,
      body: first.body,
    });
  });

  it('shows a tenant admin the limits of its tenants only', async () => {
    const own = (await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'own' } })).body;
    const mine = await perMinute(5, { tenant_id: own.id, key_id: undefined });
    const others = await perMinute(5);
    const admin = await gateway.call('POST', '/admin/v1/admin-keys', {
      body: { name: 'a', role: 'tenant_admin', tenant_ids: [own.id] },
    });
    const as = { key: admin.body.key };
    expect((await gateway.call('GET', '/admin/v1/limits', as)).body.data).toEqual([mine]);
    expect((await gateway.call('GET', `/admin/v1/limits?tenant_id=${gateway.tenantId}`, as)).body.data).toEqual([]);
    expect((await gateway.call('GET', `/admin/v1/limits/${mine.id}`, as)).status).toBe(200);
    expect((await gateway.call('GET', `/admin/v1/limits/${others.id}`, as)).status).toBe(404);
  });

  it.each([
    ['limit', { limit: -1 }],
    ['limit', { limit: 1e13 }],
    ['limit', { limit: undefined }],
    ['kind', { kind: 'dollars' }],
    ['window', { window: undefined }],
    ['window', { window: 'hour' }],
    ['window', { kind: 'concurrent_requests' }],
    ['tenant_id', { tenant_id: undefined, key_id: 'key_1' }],
    ['tenant_id', { tenant_id: 'tenant_none' }],
    ['key_id', { key_id: 'key_none' }],
  ])('refuses a bad %s: %j', async (param, fields) => {
    const { status, body } = await gateway.call('POST', '/admin/v1/limits', {
      body: { tenant_id: gateway.tenantId, kind: 'requests', window: 'minute', limit: 1, ...fields },
    });
    expect([status, body.error.param]).toEqual([400, param]);
  });

  it('reaches another replica within a second', async () => {
    const replica = await startAccessApp({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: gateway.sandbox.url }, gateway);
    try {
      const ask = () => replica.call('POST', '/v1/chat/completions', { key: key.key, body: ASK });
      expect((await ask()).status).toBe(200);
      await perMinute(0);
      const isKnown = async () => (await ask()).status === 429;
      expect(await runningTime(() => until(isKnown, 'the replica knows the limit'))).toBeLessThan(1_000);
    } finally {
      await replica.close();
    }
  });
});
