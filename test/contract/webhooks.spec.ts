import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startAccessApp } from '../support/access-app.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const ENV = { WEBHOOK_ALLOW_PRIVATE: 'true', WEBHOOK_RETRY_MS: '1', WEBHOOK_TRIES_MAX: '3' };
const ASK = { model: 'global.anthropic.claude-sonnet-4-6', messages: [{ role: 'user' as const, content: 'hello' }] };

let gateway: TestGateway;
let receiver: Server;
let url: string;
let received: Received[];
/** What the receiver answers, by the path; 204 where none is set. */
let statuses: Map<string, number[]>;
/** Ends what was sent to `/silent`, which is not answered before. */
let silent: (() => void)[];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const path = request.url ?? '';
      received.push({ path, headers: request.headers, body });
      if (path === '/silent') silent.push(() => response.writeHead(204).end());
      else response.writeHead(statuses.get(path)?.shift() ?? 204, { location: '/moved' }).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  gateway = await startTestGateway(ENV);
});
afterAll(async () => {
  await gateway.close();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});
beforeEach(() => {
  received = [];
  statuses = new Map();
  silent = [];
});
afterEach(async () => {
  for (const kind of ['budgets', 'webhooks']) {
    const { body } = await gateway.call('GET', `/admin/v1/${kind}`);
    for (const { id } of body.data) await gateway.call('DELETE', `/admin/v1/${kind}/${id}`);
  }
});

const arrived = (path: string) => received.filter((delivery) => delivery.path === path);
const chat = () =>
  gateway.call('POST', '/v1/chat/completions', { key: gateway.tenantKey, body: { ...ASK, max_tokens: 50 } });

async function createWebhook(path: string, fields: object = {}): Promise<{ id: string; secret: string }> {
  const { status, body } = await gateway.call('POST', '/admin/v1/webhooks', {
    body: { name: 'finance', url: url + path, ...fields },
  });
  expect(status).toBe(201);
  return body;
}

async function createBudget(fields: object = {}): Promise<string> {
  const { body } = await gateway.call('POST', '/admin/v1/budgets', {
    body: { name: 'team', window: 'month', tenant_id: gateway.tenantId, hard: false, thresholds: [1], ...fields },
  });
  return body.id as string;
}

async function deliveries(id: string, query = '') {
  return (await gateway.call('GET', `/admin/v1/webhooks/${id}/deliveries${query}`)).body.data;
}

describe('a threshold that a call reaches', () => {
  it('is delivered once, signed so that the official client verifies it', async () => {
    const { id, secret } = await createWebhook('/signed');
    const budgetId = await createBudget({ limit_usd: '0.000001' });
    expect((await chat()).status).toBe(200);
    expect((await chat()).status).toBe(200);
    await until(() => arrived('/signed').length > 0, 'the event');
    await until(async () => (await deliveries(id))[0]?.status === 'delivered', 'the delivery is written down');
    const [delivery, ...others] = arrived('/signed');
    expect(others).toEqual([]);
    expect(delivery?.headers['content-type']).toBe('application/json');
    const headers = delivery?.headers as Record<string, string>;
    // The client knows the types of OpenAI's events only.
    const event = (await gateway.openai().webhooks.unwrap(delivery?.body ?? '', headers, secret)) as object;
    expect(event).toMatchObject({
      id: headers['webhook-id'],
      object: 'event',
      type: 'budget.threshold_reached',
      created_at: expect.any(Number),
      data: { budget_id: budgetId, tenant_id: gateway.tenantId, threshold_percent: 1, limit_usd: '0.000001' },
    });
    expect(await deliveries(id)).toMatchObject([
      { event_id: headers['webhook-id'], attempts: 1, last_status_code: 204, next_attempt_at: null },
    ]);
  });

  it('is also told of the first call that a hard budget refuses', async () => {
    await createWebhook('/refused', { event_types: ['budget.call_refused'] });
    await createBudget({ limit_usd: '0', hard: true });
    expect((await chat()).status).toBe(429);
    await until(() => arrived('/refused').length > 0, 'the event');
    expect(JSON.parse(arrived('/refused')[0]?.body ?? '')).toMatchObject({ type: 'budget.call_refused' });
  });
});

describe('a delivery', () => {
  it('is repeated under the same id until the receiver takes it; redirects do not count as that', async () => {
    statuses.set('/flaky', [500, 302]);
    const { id } = await createWebhook('/flaky');
    await gateway.call('POST', `/admin/v1/webhooks/${id}/test`);
    await until(async () => (await deliveries(id))[0]?.status === 'delivered', 'the delivery');
    expect(arrived('/flaky').map(({ headers }) => headers['webhook-id'])).toHaveLength(3);
    expect(new Set(arrived('/flaky').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(arrived('/moved')).toEqual([]);
  });

  it('is dead after its last try, listed as that, and can be sent again', async () => {
    statuses.set('/down', [503, 503, 503]);
    const { id } = await createWebhook('/down');
    const sent = await gateway.call('POST', `/admin/v1/webhooks/${id}/test`);
    expect([sent.status, sent.body.status]).toEqual([202, 'pending']);
    await until(async () => (await deliveries(id, '?status=dead')).length === 1, 'the delivery is given up');
    expect(arrived('/down')).toHaveLength(3);
    expect(await deliveries(id)).toMatchObject([{ id: sent.body.id, attempts: 3, last_status_code: 503 }]);
    const again = await gateway.call('POST', `/admin/v1/webhooks/${id}/deliveries/${sent.body.id}/retry`);
    expect([again.status, again.body.status, again.body.attempts]).toEqual([202, 'pending', 0]);
    await until(async () => (await deliveries(id, '?status=delivered')).length === 1, 'the delivery');
    expect(arrived('/down')).toHaveLength(4);
  });

  it('is signed with the old secret too for the overlap of a rotation', async () => {
    const { id, secret: old } = await createWebhook('/rotated');
    const rotated = await gateway.call('POST', `/admin/v1/webhooks/${id}/rotate`, { body: { overlap_seconds: 600 } });
    const { body: strict } = await gateway.call('POST', `/admin/v1/webhooks/${id}/rotate`, {
      body: { overlap_seconds: 0 },
    });
    await gateway.call('POST', `/admin/v1/webhooks/${id}/test`);
    await until(() => arrived('/rotated').length === 1, 'the event');
    const [delivery] = arrived('/rotated');
    const verify = (secret: string) =>
      gateway
        .openai()
        .webhooks.unwrap(delivery?.body ?? '', delivery?.headers as Record<string, string>, secret)
        .then(
          () => true,
          () => false,
        );
    expect(await Promise.all([strict.secret, rotated.body.secret, old].map(verify))).toEqual([true, false, false]);

    const { body: overlapped } = await gateway.call('POST', `/admin/v1/webhooks/${id}/rotate`, { body: {} });
    await gateway.call('POST', `/admin/v1/webhooks/${id}/test`);
    await until(() => arrived('/rotated').length === 2, 'the event');
    expect(arrived('/rotated')[1]?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    expect(overlapped.secret).not.toBe(strict.secret);
  });

  it('does not wait for those to a receiver that is silent', async () => {
    const { id } = await createWebhook('/silent');
    for (let n = 0; n < 40; n += 1) await gateway.call('POST', `/admin/v1/webhooks/${id}/test`);
    await until(() => silent.length >= 8, 'the receiver has many');
    const quick = await createWebhook('/quick');
    await gateway.call('POST', `/admin/v1/webhooks/${quick.id}/test`);
    await until(() => arrived('/quick').length === 1, 'the other receiver has its own');
    expect(silent.length).toBeLessThan(32);
    for (const end of silent) end();
  });

  it('waits while its webhook is disabled', async () => {
    const { id } = await createWebhook('/asleep', { enabled: false });
    await createWebhook('/awake');
    const asleep = await gateway.call('POST', `/admin/v1/webhooks/${id}/test`);
    await createBudget({ limit_usd: '0.000001' });
    await chat();
    await until(() => arrived('/awake').length === 1, 'the event of the other');
    expect(arrived('/asleep')).toEqual([]);
    await gateway.call('PATCH', `/admin/v1/webhooks/${id}`, { body: { enabled: true } });
    await until(() => arrived('/asleep').length === 1, 'the event');
    expect((await deliveries(id)).map((delivery: { id: string }) => delivery.id)).toEqual([asleep.body.id]);
  });

  it('is taken by one replica at a time', async () => {
    const replicas = [await startAccessApp(ENV, gateway), await startAccessApp(ENV, gateway)];
    const { id } = await createWebhook('/once');
    for (let index = 0; index < 20; index += 1) await gateway.call('POST', `/admin/v1/webhooks/${id}/test`);
    await until(async () => (await deliveries(id, '?status=delivered&limit=100')).length === 20, 'the deliveries');
    expect(new Set(arrived('/once').map(({ headers }) => headers['webhook-id'])).size).toBe(20);
    expect(arrived('/once')).toHaveLength(20);
    await Promise.all(replicas.map((replica) => replica.close()));
  });
});

describe('/admin/v1/webhooks', () => {
  it('shows the secret once, and keeps it neither in the database nor in the audit log as it is', async () => {
    const { id, secret } = await createWebhook('/secret', { event_types: ['budget.call_refused'] });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { body, headers } = await gateway.call('GET', `/admin/v1/webhooks/${id}`);
    expect(body).toEqual({
      id,
      object: 'webhook',
      name: 'finance',
      url: `${url}/secret`,
      tenant_id: null,
      event_types: ['budget.call_refused'],
      enabled: true,
      version: 1,
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect(headers.get('etag')).toBe('"1"');
    const { body: audit } = await gateway.call('GET', '/admin/v1/audit?limit=5');
    expect(JSON.stringify(audit)).not.toContain(secret);
    const stored = await gateway.prisma.webhookEndpoint.findUniqueOrThrow({ where: { id } });
    expect(Buffer.from(stored.secret).includes(secret.slice(6, 30))).toBe(false);
  });

  it('changes what is given and not what somebody else has changed, and deletes', async () => {
    const { id } = await createWebhook('/a');
    const path = `/admin/v1/webhooks/${id}`;
    const changed = await gateway.call('PATCH', path, { body: { url: `${url}/b` } });
    expect(changed.body).toMatchObject({ url: `${url}/b`, name: 'finance', enabled: true, version: 2 });
    const stale = await gateway.call('PATCH', path, { body: { name: 'x' }, headers: { 'if-match': '"1"' } });
    expect(stale.status).toBe(412);
    expect((await gateway.call('DELETE', path)).status).toBe(204);
    for (const [method, suffix] of [
      ['GET', ''],
      ['GET', '/deliveries'],
      ['POST', '/test'],
      ['POST', '/rotate'],
      ['DELETE', ''],
    ] as const) {
      const answer = await gateway.call(method, path + suffix);
      expect([suffix, answer.status, answer.body.error.code]).toEqual([suffix, 404, 'webhook_not_found']);
    }
  });

  it('answers a repeated creation with the same secret', async () => {
    const headers = { 'idempotency-key': 'webhook-1' };
    const body = { name: 'finance', url: `${url}/repeated` };
    const first = await gateway.call('POST', '/admin/v1/webhooks', { body, headers });
    const second = await gateway.call('POST', '/admin/v1/webhooks', { body, headers });
    expect(second.body).toEqual(first.body);
  });

  it.each([
    ['url', { url: 'ftp://hooks.example' }],
    ['url', { url: 'hooks.example' }],
    ['url', { url: 'https://user:secret@hooks.example' }],
    ['event_types[0]', { event_types: ['budget.unknown'] }],
    ['name', { name: '' }],
  ])('refuses a bad %s: %j', async (param, fields) => {
    const answer = await gateway.call('POST', '/admin/v1/webhooks', { body: { name: 'a', url, ...fields } });
    expect([answer.status, answer.body.error.param]).toEqual([400, param]);
  });

  it('answers 404 for a delivery that is not there', async () => {
    const { id } = await createWebhook('/none');
    const answer = await gateway.call('POST', `/admin/v1/webhooks/${id}/deliveries/none/retry`);
    expect([answer.status, answer.body.error.code]).toEqual([404, 'delivery_not_found']);
  });
});

describe('where private addresses are not allowed', () => {
  let guarded: TestGateway;

  beforeAll(async () => {
    guarded = await startTestGateway({ WEBHOOK_RETRY_MS: '1', WEBHOOK_TRIES_MAX: '1' });
  });
  afterAll(() => guarded.close());

  const create = (target: string) => guarded.call('POST', '/admin/v1/webhooks', { body: { name: 'a', url: target } });

  it.each([
    'http://hooks.example/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://[::1]/',
    'https://169.254.169.254/latest',
    'https://10.0.0.1/',
    'https://[::ffff:10.0.0.1]/',
  ])('refuses %s', async (target) => {
    const { status, body } = await create(target);
    expect([status, body.error.param]).toEqual([400, 'url']);
  });

  it('sends nothing to a name that leads to one', async () => {
    let connections = 0;
    const count = () => (connections += 1);
    receiver.on('connection', count);
    const { body } = await create(`https://localhost:${new URL(url).port}/`);
    await guarded.call('POST', `/admin/v1/webhooks/${body.id}/test`);
    const path = `/admin/v1/webhooks/${body.id}/deliveries?status=dead`;
    await until(async () => (await guarded.call('GET', path)).body.data.length === 1, 'the delivery is given up');
    receiver.off('connection', count);
    expect(connections).toBe(0);
  });
});
