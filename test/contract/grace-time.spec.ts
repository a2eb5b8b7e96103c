import { once } from 'node:events';
import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { OverloadGuard } from '../../src/common/overload/overload-guard.js';
import { Shutdown } from '../../src/common/shutdown/shutdown.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { rawPost } from '../support/raw-connection.js';
import { until } from '../support/until.js';

const MEBIBYTE = 1024 * 1024;
const MODEL = 'amazon.nova-lite-v1:0';
const PATH = '/v1/chat/completions';

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await startTestGateway({ BODY_LIMIT_MB: '1', REQUEST_MEMORY_MB: '1' });
});
afterEach(() => gateway.close());

function bytesOf(content: string): string {
  return rawPost(PATH, gateway.tenantKey, JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }] }));
}

/** A client that goes on sending after it was answered. */
function send(bytes: string) {
  const { hostname, port } = new URL(gateway.baseUrl);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  socket.write(bytes);
  return { socket, answer: readAll(socket) };
}

async function sample(name: string): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${gateway.adminKey}` };
  const lines = await (await fetch(`${gateway.baseUrl}/metrics`, { headers })).text();
  return lines
    .split('\n')
    .find((line) => line.startsWith(name))
    ?.slice(name.length);
}

function endGraceTime(): void {
  const shutdown = gateway.app.get(Shutdown);
  shutdown.begin();
  shutdown.cut();
}

const REFUSAL = {
  status: '503',
  'retry-after': '1',
  'x-should-retry': 'true',
  connection: 'close',
  code: 'shutting_down',
};

async function read(answer: Promise<string>): Promise<Record<string, string | undefined>> {
  const text = await answer;
  const header = (name: string) => new RegExp(`\\r\\n${name}: ([^\\r]*)`, 'i').exec(text)?.[1];
  return {
    status: /^HTTP\/1\.1 (\d+)/.exec(text)?.[1],
    ...Object.fromEntries(['retry-after', 'x-should-retry', 'connection'].map((name) => [name, header(name)])),
    code: /"code":"(\w+)"/.exec(text)?.[1],
  };
}

/** What has been done. */
async function done(): Promise<object> {
  return {
    calls: gateway.sandbox.journal.list().length,
    events: await gateway.prisma.usageEvent.count(),
    tenants: await gateway.prisma.tenant.count(),
  };
}

const NOTHING = { calls: 0, events: 0, tenants: 1 };

describe('what waits when the grace time is over is refused, and is not sent to Bedrock', () => {
  it('a request that waits for its turn, and one that comes then', async () => {
    gateway.app.get(OverloadGuard).holdWhile(() => true);
    const waiting = send(bytesOf('Hello!'));
    await until(async () => (await sample('gateway_requests_waiting')) === ' 1', 'the request to wait');
    const late = send('');
    await once(late.socket, 'connect');
    endGraceTime();
    expect(await read(waiting.answer)).toEqual(REFUSAL);
    late.socket.write(bytesOf('Hello!'));
    expect(await read(late.answer)).toEqual(REFUSAL);
    expect(await done()).toEqual(NOTHING);
  });

  it('a request that waits for room in memory', async () => {
    const long = bytesOf('x'.repeat(MEBIBYTE / 2 + MEBIBYTE / 4));
    const reading = send(long.slice(0, -1));
    await until(async () => Number(await sample('gateway_request_bytes_held')) > 0, 'the first to be read');
    const waiting = send(long);
    await until(async () => (await sample('gateway_http_requests_in_flight')) === ' 3', 'the second to wait');
    endGraceTime();
    for (const { answer } of [reading, waiting]) expect(await read(answer)).toEqual(REFUSAL);
    reading.socket.end(long.slice(-1));
    await once(reading.socket, 'close');
    expect(await done()).toEqual(NOTHING);
  });

  it.each([
    ['a call', () => bytesOf('Hello!')],
    ['a change', () => rawPost('/admin/v1/tenants', gateway.adminKey, '{"name":"late"}')],
  ])('%s whose last byte has not come', async (_name, bytes) => {
    const client = send(bytes().slice(0, -1));
    await until(async () => (await sample('gateway_http_requests_in_flight')) === ' 2', 'the request to begin');
    endGraceTime();
    client.socket.end(bytes().slice(-1));
    expect(await read(client.answer)).toEqual(REFUSAL);
    expect(await done()).toEqual(NOTHING);
  });
});
