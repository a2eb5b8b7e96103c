import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { PostgresUsageLedger } from '../../src/billing/metering/postgres-usage-ledger.js';
import { collectGarbage } from '../support/collect-garbage.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { RawConnection, rawPost, type RawAnswer } from '../support/raw-connection.js';
import { until } from '../support/until.js';

const { jest } = import.meta;

const ORIGIN = 'https://chat.example.com';
const PATH = '/v1/chat/completions';
const ASK = JSON.stringify({ model: 'amazon.nova-lite-v1:0', messages: [{ role: 'user', content: 'Hello!' }] });
const LONG = 'a'.repeat(20_000);

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    CORS_ORIGINS: ORIGIN,
    HEADERS_TIMEOUT_MS: '200',
    REQUEST_TIMEOUT_MS: '400',
    MAX_HEADER_KB: '16',
  });
});
afterEach(letRequestsGo);
afterEach(() => jest.useRealTimers());
afterAll(() => gateway.close());

/** With the tenant's key, which is not known before the gateway is there. */
const withKey = (bytes: string) => bytes.replaceAll('Bearer KEY', `Bearer ${gateway.tenantKey}`);

async function send(bytes: string | Buffer): Promise<RawAnswer> {
  const client = new RawConnection(gateway.baseUrl);
  client.socket.write(typeof bytes === 'string' ? withKey(bytes) : bytes);
  const [answer] = await client.read(1);
  await client.closed();
  return answer!;
}

async function counted(series: string): Promise<number> {
  const headers = { authorization: `Bearer ${gateway.adminKey}` };
  const text = await (await fetch(`${gateway.baseUrl}/metrics`, { headers })).text();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.slice(series.length) ?? 0);
}

function expectError(answer: RawAnswer, status: number, code: string): void {
  expect([answer.status, JSON.parse(answer.body)]).toEqual([
    status,
    { error: { message: expect.any(String) as string, type: 'invalid_request_error', param: null, code } },
  ]);
  expect(answer.head).toMatch(/\r\nx-request-id: req_[0-9a-f]{32}\r\n/i);
}

/** The server's side of the connection that is opened next. */
async function nextConnection(): Promise<Socket> {
  const [socket] = (await once(gateway.app.getHttpServer(), 'connection')) as [Socket];
  return socket;
}

/** Lets requests wait for the ledger. */
function holdRequests(): void {
  Object.defineProperty(gateway.app.get(PostgresUsageLedger), 'isBehind', { get: () => true, configurable: true });
}

function letRequestsGo(): void {
  Reflect.deleteProperty(gateway.app.get(PostgresUsageLedger), 'isBehind');
}

const originAllowedBy = ({ head }: RawAnswer) => /\r\naccess-control-allow-origin: (\S+)/i.exec(head)?.[1];
const headOf = (first: string, ...others: string[]) =>
  [first, 'host: x', `origin: ${ORIGIN}`, ...others, '', ''].join('\r\n');
const post = (...headers: string[]) =>
  headOf(`POST ${PATH} HTTP/1.1`, 'authorization: Bearer KEY', 'content-type: application/json', ...headers);
const chunked = (body: string) => `${post('transfer-encoding: chunked')}${body}`;

const toLine = (requestId: string | undefined) => ({ requestId, code: 'invalid_http', res: { status: 400 } });

describe('a request whose headers cannot be read', () => {
  it('has a line in the log, as one has whose body cannot be read', async () => {
    const lines: unknown[][] = [];
    const note = (...line: unknown[]) => lines.push(line);
    Logger.overrideLogger({ log: note, warn: note, error: note });
    const answers = [await send(chunked('zz\r\n{}\r\n')), await send(headOf('GET / HTTP/1.1', 'bad name: 1'))];
    Logger.overrideLogger(false);
    const ids = answers.map(({ head }) => /req_[0-9a-f]+/.exec(head)?.[0]);
    expect(lines).toEqual(ids.map((id) => [toLine(id), 'request unreadable', 'UnreadableRequests']));
  });

  it.each<[string, string | Buffer, number, string, string | undefined]>([
    ['a name with a space', headOf('GET / HTTP/1.1', 'bad name: 1'), 400, 'invalid_http', ORIGIN],
    ['a length that is no number', post('content-length: many'), 400, 'invalid_http', ORIGIN],
    ['two lengths', `${post('content-length: 1', 'content-length: 2')}{}`, 400, 'invalid_http', ORIGIN],
    ['a length and chunks', post('content-length: 1', 'transfer-encoding: chunked'), 400, 'invalid_http', ORIGIN],
    ['an unknown method', headOf('FETCH / HTTP/1.1'), 400, 'invalid_http', ORIGIN],
    ['an unknown version', headOf('GET / HTTP/3.7'), 400, 'invalid_http', ORIGIN],
    ['TLS', Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5]), 400, 'invalid_http', undefined],
    ['a URL that is too long', headOf(`GET /${LONG} HTTP/1.1`), 431, 'request_headers_too_large', ORIGIN],
    [
      'a header that is too long',
      headOf('GET / HTTP/1.1', `x-long: ${LONG}`),
      431,
      'request_headers_too_large',
      ORIGIN,
    ],
    ['headers without an end', `GET / HTTP/1.1\r\norigin: ${ORIGIN}\r\n`, 408, 'request_timeout', undefined],
    ['a tunnel', headOf('CONNECT example.com:443 HTTP/1.1'), 405, 'method_not_supported', ORIGIN],
  ])('is answered and counted: %s', async (_name, bytes, status, code, allowed) => {
    const series = `gateway_requests_unreadable_total{code="${code}"}`;
    const before = await counted(series);
    const answer = await send(bytes);
    expectError(answer, status, code);
    expect(answer.head).toMatch(/\r\nconnection: close\r\n/i);
    expect(originAllowedBy(answer)).toBe(allowed);
    expect(await counted(series)).toBe(before + 1);
  });

  it('leaves a client that is still sending the time to read the answer', async () => {
    const client = new RawConnection(gateway.baseUrl);
    client.socket.allowHalfOpen = true;
    const connection = await nextConnection();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'performance', 'Date'] });
    client.socket.write(headOf('GET / HTTP/1.1', 'bad name: 1'));
    await once(client.socket, 'end');
    expect(client.answers).toMatchObject([{ status: 400 }]);
    const readBefore = connection.bytesRead;
    client.socket.write(LONG);
    await until(() => connection.bytesRead === readBefore + LONG.length, 'the rest is read');
    jest.advanceTimersByTime(999);
    expect(connection.destroyed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(connection.destroyed).toBe(true);
    client.socket.destroy();
  });

  it('harms nobody else when its client breaks the connection', async () => {
    const client = new RawConnection(gateway.baseUrl);
    const connection = await nextConnection();
    client.socket.write(headOf('CONNECT example.com:443 HTTP/1.1'));
    await client.read(1);
    expect(() => connection.emit('error', new Error('reset'))).not.toThrow();
    client.socket.destroy();
  });

  it('tells no page that is not listed', async () => {
    const bytes = headOf('GET / HTTP/1.1', 'bad name: 1').replace(ORIGIN, 'https://other.example.com');
    expect(originAllowedBy(await send(bytes))).toBeUndefined();
  });
});

describe('a request that the server itself would refuse without a word', () => {
  it.each([
    ['no host', 'GET /v1/models HTTP/1.1\r\n\r\n', 400, 'invalid_http'],
    ['an expectation', headOf('GET /v1/models HTTP/1.1', 'expect: tea'), 417, 'expectation_failed'],
  ])('is refused like any other: %s', async (_name, bytes, status, code) => {
    const client = new RawConnection(gateway.baseUrl);
    client.socket.write(bytes);
    const [answer] = await client.read(1);
    expectError(answer!, status, code);
    expect(originAllowedBy(answer!)).toBe(bytes.includes(ORIGIN) ? ORIGIN : undefined);
    client.socket.destroy();
  });

  it('needs no host where HTTP needs none', async () => {
    expect((await send('GET /healthz HTTP/1.0\r\n\r\n')).status).toBe(200);
  });
});

describe('a body that cannot be read', () => {
  it.each([
    ['a chunk without a length', chunked('zz\r\n{}\r\n'), 400, 'invalid_http'],
    ['a chunk that is too long', chunked('2\r\n{}xx\r\n0\r\n\r\n'), 400, 'invalid_http'],
    ['a chunk with a long extension', chunked(`2;${LONG}\r\n{}\r\n0\r\n\r\n`), 413, 'request_too_large'],
    ['a chunk that does not come', chunked('1\r\n{\r\n'), 408, 'request_timeout'],
    ['less than its length', `${post('content-length: 300')}{"a`, 408, 'request_timeout'],
  ])('is answered once, and counted: %s', async (_name, bytes, status, code) => {
    const series = `gateway_requests_unreadable_total{code="${code}"}`;
    const before = await counted(series);
    const answer = await send(bytes);
    expectError(answer, status, code);
    expect(originAllowedBy(answer)).toBe(ORIGIN);
    expect(await counted(series)).toBe(before + 1);
  });

  it.each([
    ['is not what its encoding says', post('content-encoding: gzip', 'content-length: 5') + 'hello', 'invalid_body'],
    ['is no JSON', `${post('content-length: 2')}{"`, 'invalid_json'],
    ['follows a path that is not valid', headOf('GET /v1/models/%E0%A4%A HTTP/1.1'), 'invalid_url'],
  ])('keeps the connection where the request has an end: it %s', async (_name, bytes, code) => {
    const client = new RawConnection(gateway.baseUrl);
    client.socket.write(withKey(bytes) + headOf('GET /healthz HTTP/1.1'));
    const [refused, served] = await client.read(2);
    expectError(refused!, 400, code);
    expect(served?.status).toBe(200);
    client.socket.destroy();
  });

  it('is not served any more when its turn comes', async () => {
    holdRequests();
    const client = new RawConnection(gateway.baseUrl);
    client.socket.allowHalfOpen = true;
    client.socket.write(withKey(chunked('zz\r\n{}\r\n')));
    const [answer] = await client.read(1);
    expectError(answer!, 400, 'invalid_http');
    expect(originAllowedBy(answer!)).toBe(ORIGIN);
    const lines: unknown[] = [];
    Logger.overrideLogger({ log: () => undefined, warn: () => undefined, error: (line: unknown) => lines.push(line) });
    letRequestsGo();
    await until(async () => (await counted('gateway_requests_waiting')) === 0, 'nobody waits');
    Logger.overrideLogger(false);
    client.socket.destroy();
    expect(lines).toEqual([]);
  });
});

describe('what follows a request on the same connection and is none', () => {
  it('is refused after the answer to that request, which is billed as served', async () => {
    const client = new RawConnection(gateway.baseUrl);
    client.socket.write(`${rawPost(PATH, gateway.tenantKey, ASK)}nonsense nonsense\r\n\r\n`);
    const [served, refused] = await client.read(2);
    expect(served?.status).toBe(200);
    expectError(refused!, 400, 'invalid_http');
    await client.closed();
    expect(await gateway.prisma.usageEvent.findMany({ select: { outcome: true } })).toEqual([{ outcome: 'success' }]);
  });

  it('is not kept while that answer is due, however much of it comes', async () => {
    const server = gateway.app.getHttpServer();
    const errors: WeakRef<Error>[] = [];
    const note = (error: Error) => errors.push(new WeakRef(error));
    server.prependListener('clientError', note);
    holdRequests();
    const client = new RawConnection(gateway.baseUrl);
    client.socket.allowHalfOpen = true;
    const connection = await nextConnection();
    client.socket.write(`${rawPost(PATH, gateway.tenantKey, ASK)}nonsense nonsense\r\n\r\n`);
    for (let packet = 1; packet <= 20; packet++) {
      client.socket.write(LONG);
      await until(() => connection.bytesRead >= packet * LONG.length, 'the packet is read');
    }
    server.off('clientError', note);
    expect(errors.length).toBeGreaterThanOrEqual(20);
    await collectGarbage();
    expect(errors.filter((error) => error.deref() !== undefined)).toEqual([]);
    let isKept: boolean | undefined;
    client.socket.on('data', () => {
      if (client.answers.length === 2) isKept ??= !connection.destroyed;
    });
    letRequestsGo();
    const [served, refused] = await client.read(2);
    expect(served?.status).toBe(200);
    expectError(refused!, 400, 'invalid_http');
    // Whatever else waited for the answer would end the connection at once.
    expect(isKept).toBe(true);
    client.socket.destroy();
  });

  it.each([
    ['nonsense', 'nonsense nonsense\r\n\r\n', 400, 'invalid_http'],
    ['half a request', 'GET /healthz HTTP/1.1\r\nx: y\r\n', 408, 'request_timeout'],
  ])('does not end a stream, and is refused once: %s', async (_name, rest, status, code) => {
    const series = `gateway_requests_unreadable_total{code="${code}"}`;
    const before = await counted(series);
    const client = new RawConnection(gateway.baseUrl);
    let text = '';
    client.socket.on('data', (part: string) => (text += part));
    const body = JSON.stringify({ ...(JSON.parse(ASK) as object), stream: true });
    gateway.sandbox.script.next({ match: { operation: 'ConverseStream' }, chunks: 6, delayMs: 100 });
    client.socket.write(rawPost(PATH, gateway.tenantKey, body) + rest);
    await until(() => text.includes('data: '), 'the stream has begun');
    client.socket.write('x: y\r\n');
    await client.closed();
    expect(text.split('HTTP/1.1 ').slice(1)).toEqual([
      expect.stringMatching(/^200 [^]*data: \[DONE\]\n\n/),
      expect.stringMatching(new RegExp(`^${status} `)),
    ]);
    expect(await counted(series)).toBe(before + 1);
  });
});
