import type { Socket } from 'node:net';
import { APIError } from 'openai';
import { PostgresUsageLedger } from '../../src/billing/metering/postgres-usage-ledger.js';
import { OverloadGuard } from '../../src/common/overload/overload-guard.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { RawConnection, rawPost } from '../support/raw-connection.js';
import { until } from '../support/until.js';

const ASK = { model: 'amazon.nova-lite-v1:0', messages: [{ role: 'user' as const, content: 'Hello!' }] };
const PATH = '/v1/chat/completions';
const MEBIBYTE = 1024 * 1024;
/** Small requests of one turn of the event loop that begin together and wait for nobody. */
const BEGUN_AT_ONCE = 8;

let gateway: TestGateway;

afterEach(() => gateway.close());

async function metricsOf({ baseUrl, adminKey }: TestGateway): Promise<string> {
  return (await fetch(`${baseUrl}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } })).text();
}

/** One write, so that all of them arrive in one turn of the event loop. */
async function askTogether(keys: string[]): Promise<number[]> {
  const client = new RawConnection(gateway.baseUrl);
  client.socket.write(keys.map((key) => rawPost(PATH, key, JSON.stringify(ASK))).join(''));
  const answers = await client.read(keys.length);
  client.socket.destroy();
  return answers.map(({ status }) => status);
}

describe('a gateway with as many requests as it may have', () => {
  let running: AsyncIterable<unknown>[];

  beforeEach(async () => {
    gateway = await startTestGateway({ IN_FLIGHT_MAX: '2', QUEUE_WAIT_MAX_MS: '5' });
    gateway.sandbox.script.next({ match: { operation: 'ConverseStream' }, chunks: 20, delayMs: 50, times: 2 });
    running = await Promise.all([1, 2].map(() => gateway.openai().chat.completions.create({ ...ASK, stream: true })));
  });

  const endRunning = async () => {
    for (const stream of running) for await (const _ of stream);
  };

  it('refuses early, says when to come back, bills nothing, and answers those who watch it', async () => {
    const refused: unknown = await gateway
      .openai()
      .chat.completions.create(ASK)
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(APIError);
    expect(refused).toMatchObject({ status: 503, code: 'overloaded', type: 'server_error', param: null });
    const headers = refused instanceof APIError ? refused.headers : undefined;
    const afterMs = Number(headers?.get('retry-after-ms'));
    expect(afterMs).toBeGreaterThanOrEqual(1_000);
    expect(afterMs).toBeLessThanOrEqual(3_000);
    expect(headers?.get('retry-after')).toBe(String(Math.ceil(afterMs / 1_000)));
    expect(headers?.get('x-should-retry')).toBe('true');
    expect(headers?.get('x-request-id')).toMatch(/^req_/);
    expect((await gateway.call('GET', '/healthz', { key: null })).status).toBe(200);
    expect((await gateway.call('GET', '/admin/v1/tenants')).status).toBe(200);
    await endRunning();
    expect((await gateway.openai().chat.completions.create(ASK)).choices).toHaveLength(1);
    expect(await gateway.prisma.usageEvent.count()).toBe(3);
    expect(await metricsOf(gateway)).toContain('gateway_requests_refused_total{reason="in_flight"} 1');
  });

  it('does not read what a refused client wants to upload', async () => {
    const sockets: Socket[] = [];
    gateway.app.getHttpServer().on('connection', (socket: Socket) => sockets.push(socket));
    const client = new RawConnection(gateway.baseUrl);
    client.socket.write(`POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: ${30 * MEBIBYTE}\r\n\r\n`);
    client.socket.write(Buffer.alloc(30 * MEBIBYTE, ' '));
    const [answer] = await client.read(1);
    expect(answer).toMatchObject({ status: 503, head: expect.stringMatching(/\r\nconnection: close\r\n/i) as string });
    await client.closed();
    expect(sockets.at(-1)?.bytesRead).toBeLessThan(MEBIBYTE);
    await endRunning();
  });

  it('tells a client that asks first before it uploads', async () => {
    const client = new RawConnection(gateway.baseUrl);
    client.socket.write(`POST ${PATH} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 99999\r\n\r\n`);
    expect((await client.read(1)).map(({ status }) => status)).toEqual([503]);
    client.socket.destroy();
    await endRunning();
  });
});

function askFromPage(headers: Record<string, string>, method = 'POST'): Promise<Response> {
  return fetch(gateway.baseUrl + PATH, {
    method,
    headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json', ...headers },
    ...(method === 'POST' && { body: JSON.stringify(ASK) }),
  });
}

function crossOriginOf({ headers }: Response): object {
  return Object.fromEntries([...headers].filter(([name]) => name === 'vary' || name.startsWith('access-control-')));
}

describe('the gate', () => {
  it('hears of every new connection', async () => {
    gateway = await startTestGateway();
    expect(gateway.app.getHttpServer().listeners('connection')).toContain(gateway.app.get(OverloadGuard).connected);
  });
});

describe('a gateway that browsers may call, with as many requests as it may have', () => {
  const ORIGIN = 'https://chat.example.com';
  it.each([
    ['one origin', ORIGIN, ORIGIN],
    ['any origin', '*', ORIGIN],
    ['another origin', 'https://other.example.com', ORIGIN],
  ])('refuses with the headers that any answer has, so that the page can read it: %s', async (_, allowed, origin) => {
    gateway = await startTestGateway({ IN_FLIGHT_MAX: '1', QUEUE_WAIT_MAX_MS: '5', CORS_ORIGINS: allowed });
    const answered = await askFromPage({ origin });
    await answered.text();
    gateway.sandbox.script.next({ match: { operation: 'ConverseStream' }, chunks: 20, delayMs: 50, times: 2 });
    const running = await gateway.openai().chat.completions.create({ ...ASK, stream: true });
    const refused = await askFromPage({ origin, 'x-client-request-id': 'mine' });
    expect([answered.status, refused.status]).toEqual([200, 503]);
    expect(crossOriginOf(refused)).toEqual(crossOriginOf(answered));
    expect(refused.headers.get('access-control-allow-origin')).toBe(allowed.includes('other') ? null : allowed);
    expect(refused.headers.get('x-client-request-id')).toBe('mine');
    expect(refused.headers.get('x-request-id')).toMatch(/^req_/);
    const preflight = await askFromPage({ origin, 'access-control-request-method': 'POST' }, 'OPTIONS');
    expect(preflight.status).toBe(204);
    const chunks: unknown[] = [];
    for await (const chunk of running) chunks.push(chunk);
    expect(chunks).not.toEqual([]);
  });
});

describe('a gateway that has more to do than it can', () => {
  beforeEach(async () => {
    gateway = await startTestGateway({ QUEUE_MAX: '3' });
  });

  it('answers those that it can, bills only them, and keeps the connection', async () => {
    const keys = Array.from({ length: 17 }, () => gateway.tenantKey);
    const begun = Array.from({ length: BEGUN_AT_ONCE + 3 }, () => 200);
    expect(await askTogether(keys)).toEqual([503, 503, 503, 503, 503, 503, ...begun]);
    expect(await gateway.prisma.usageEvent.count()).toBe(BEGUN_AT_ONCE + 3);
    expect(await metricsOf(gateway)).toContain('gateway_requests_refused_total{reason="queue_full"} 6');
  });

  it('refuses the tenant that asks for the most', async () => {
    const tenant = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'modest' } });
    const issued = await gateway.call('POST', `/admin/v1/tenants/${tenant.body.id}/keys`, { body: { name: 'modest' } });
    const modest = issued.body.key as string;
    const greedy = gateway.tenantKey;
    // Whose key has been seen is known before it is checked again.
    await gateway.openai({ key: greedy }).chat.completions.create(ASK);
    await gateway.openai({ key: modest }).chat.completions.create(ASK);
    const others = Array.from({ length: BEGUN_AT_ONCE + 2 }, () => greedy);
    const statuses = await askTogether([greedy, greedy, modest, greedy, ...others]);
    expect(statuses.slice(0, 4)).toEqual([503, 503, 200, 503]);
    expect(new Set(statuses.slice(4))).toEqual(new Set([200]));
  });

  it('lets nothing begin while the ledger cannot keep up', async () => {
    let isBehind = true;
    Object.defineProperty(gateway.app.get(PostgresUsageLedger), 'isBehind', { get: () => isBehind });
    const answered = gateway.openai().chat.completions.create(ASK);
    await until(async () => (await metricsOf(gateway)).includes('gateway_requests_waiting 1'), 'it waits');
    expect(gateway.sandbox.journal.list()).toEqual([]);
    isBehind = false;
    expect((await answered).choices).toHaveLength(1);
  });

  it('lets a client that asks first upload when it is its turn', async () => {
    const body = JSON.stringify(ASK);
    const client = new RawConnection(gateway.baseUrl);
    const head = rawPost(PATH, gateway.tenantKey, body).replace('host: x', 'host: x\r\nexpect: 100-continue');
    client.socket.write(head.slice(0, -body.length));
    await until(() => client.answers.length === 1, 'it may go on');
    client.socket.write(body);
    expect((await client.read(2)).map(({ status }) => status)).toEqual([100, 200]);
    client.socket.destroy();
  });

  it('refuses a long body of a stranger who asks first', async () => {
    const client = new RawConnection(gateway.baseUrl);
    const head = rawPost(PATH, 'unknown', 'x'.repeat(99_999)).replace('host: x', 'host: x\r\nexpect: 100-continue');
    client.socket.write(head.slice(0, -99_999));
    expect((await client.read(1)).map(({ status }) => status)).toEqual([401]);
    await client.closed();
  });
});
