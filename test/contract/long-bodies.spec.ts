import { request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { encodeEvent } from '../../src/sandbox/framing/event-stream.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { RawConnection, rawPost } from '../support/raw-connection.js';
import { startReplayServer, type ReplayServer } from '../support/replay-server.js';
import { until } from '../support/until.js';

const PATH = '/v1/chat/completions';
const MEBIBYTE = 1024 * 1024;
const LARGE = 700_000;
const ANSWER = JSON.stringify({
  output: { message: { role: 'assistant', content: [{ text: 'Hello!' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
  metrics: { latencyMs: 1 },
});

let bedrock: ReplayServer;
let gateway: TestGateway;
/** Calls that Bedrock has not answered yet. */
let open: ServerResponse[];

beforeEach(async () => {
  open = [];
  bedrock = await startReplayServer();
  bedrock.answer = (_path, response) => {
    open.push(response);
    return undefined;
  };
  gateway = await startTestGateway({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url, REQUEST_MEMORY_MB: '1' });
});
afterEach(async () => {
  for (const response of open) response.destroy();
  await gateway.close();
  await bedrock.close();
});

const bodyOf = (bytes: number, extra: object = {}) =>
  JSON.stringify({
    model: 'amazon.nova-lite-v1:0',
    messages: [{ role: 'user', content: 'x'.repeat(bytes) }],
    ...extra,
  });

const ask = (bytes: number, extra: object = {}, key = gateway.tenantKey) =>
  fetch(gateway.baseUrl + PATH, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: bodyOf(bytes, extra),
  });

/** Says that a body of so many bytes comes, and sends the first. */
function beginBody(bytes: number, key = gateway.tenantKey): RawConnection {
  const client = new RawConnection(gateway.baseUrl);
  const head = `POST ${PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n`;
  client.socket.write(`${head}content-length: ${bytes}\r\n\r\n{`);
  return client;
}

/** Begins a long body and leaves; resolves when the gateway knows. */
async function leaveUnread(key: string): Promise<void> {
  const connected = once(gateway.app.getHttpServer(), 'connection');
  const client = beginBody(LARGE, key);
  const [socket] = await connected;
  await once(socket, 'data');
  client.socket.destroy();
  await until(() => socket.destroyed, 'the connection is closed');
}

const asked = (count: number) => until(() => bedrock.requests.length >= count, `${count} calls of Bedrock`);

function answer(response: ServerResponse | undefined): void {
  response?.writeHead(200, { 'content-type': 'application/json', 'x-amzn-requestid': 'a' }).end(ANSWER);
}

async function metric(name: string): Promise<string | undefined> {
  const headers = { authorization: `Bearer ${gateway.adminKey}` };
  const text = await (await fetch(`${gateway.baseUrl}/metrics`, { headers })).text();
  return text.split('\n').find((line) => line.startsWith(name));
}

const nothingHeld = () =>
  until(async () => (await metric('gateway_request_bytes_held')) === 'gateway_request_bytes_held 0', 'no bytes held');

it('waits unread until another has been served, and short ones go on meanwhile', async () => {
  const first = ask(LARGE);
  await asked(1);
  const second = ask(LARGE);
  const short = ask(10);
  await asked(2);
  answer(open[1]);
  expect((await short).status).toBe(200);
  expect(bedrock.requests).toHaveLength(2);
  answer(open[0]);
  expect((await first).status).toBe(200);
  await asked(3);
  answer(open[2]);
  expect((await second).status).toBe(200);
  await nothingHeld();
});

it('makes room as soon as a stream has begun', async () => {
  const first = ask(LARGE, { stream: true });
  await asked(1);
  open[0]?.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'a' });
  open[0]?.write(encodeEvent('messageStart', { role: 'assistant' }));
  open[0]?.write(encodeEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello' } }));
  const stream = await first;
  const second = ask(LARGE);
  await asked(2);
  answer(open[1]);
  expect((await second).status).toBe(200);
  open[0]?.write(encodeEvent('contentBlockStop', { contentBlockIndex: 0 }));
  open[0]?.write(encodeEvent('messageStop', { stopReason: 'end_turn' }));
  const usage = { inputTokens: 1, outputTokens: 1, totalTokens: 2 };
  open[0]?.end(encodeEvent('metadata', { usage, metrics: { latencyMs: 1 } }));
  expect(await stream.text()).toContain('[DONE]');
  await nothingHeld();
});

it('gives its room back where its client has left', async () => {
  const first = ask(LARGE);
  await asked(1);
  await leaveUnread(gateway.tenantKey);
  answer(open[0]);
  expect((await first).status).toBe(200);
  const third = ask(LARGE);
  await asked(2);
  answer(open[1]);
  expect((await third).status).toBe(200);
  await nothingHeld();
});

it.each([false, true])('keeps its room while Bedrock is at work, client or not (stream: %s)', async (stream) => {
  const body = bodyOf(LARGE, { stream });
  const connected = once(gateway.app.getHttpServer(), 'connection');
  const client = new RawConnection(gateway.baseUrl);
  client.socket.write(rawPost(PATH, gateway.tenantKey, body));
  await asked(1);
  const [socket] = await connected;
  client.socket.destroy();
  await once(socket, 'close');
  expect(await metric('gateway_request_bytes_held')).toBe(`gateway_request_bytes_held ${body.length}`);
  open[0]?.destroy();
  await nothingHeld();
});

it('takes no room where its client has left while its key was looked up', async () => {
  const { body } = await gateway.call('POST', `/admin/v1/tenants/${gateway.tenantId}/keys`, { body: { name: 'new' } });
  const { key } = body as { key: string };
  const [locked, left] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const lookups = gateway.prisma.$transaction(async (transaction) => {
    await transaction.$executeRaw`LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE`;
    locked.resolve();
    await left.promise;
  });
  await locked.promise;
  await leaveUnread(key);
  left.resolve();
  await lookups;
  const other = ask(LARGE, {}, key);
  await asked(1);
  answer(open[0]);
  expect((await other).status).toBe(200);
  await nothingHeld();
});

it('is refused with a 503 where it does not say how long it is and there is no room', async () => {
  const first = ask(LARGE);
  await asked(1);
  const connected = once(gateway.app.getHttpServer(), 'connection');
  const upload = request(gateway.baseUrl + PATH, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
  });
  upload.on('error', () => undefined);
  upload.write(bodyOf(LARGE).slice(0, LARGE / 2));
  const [response] = await once(upload, 'response');
  upload.write('x'.repeat(8 * MEBIBYTE));
  expect(response.statusCode).toBe(503);
  expect(response.headers).toMatchObject({ 'x-should-retry': 'true', connection: 'close' });
  let text = '';
  for await (const part of response) text += String(part);
  expect(JSON.parse(text)).toMatchObject({ error: { code: 'overloaded' } });
  expect(await metric('gateway_requests_refused_total{reason="memory"}')).toMatch(/ 1$/);
  const [socket] = await connected;
  await until(() => socket.destroyed, 'the connection is closed');
  expect(socket.bytesRead).toBeLessThan(MEBIBYTE);
  answer(open[0]);
  expect((await first).status).toBe(200);
  await nothingHeld();
});

it('is a 413 at once where it says that it is too long, whatever there is room for', async () => {
  const first = ask(LARGE);
  await asked(1);
  const client = beginBody(100 * MEBIBYTE);
  expect((await client.read(1))[0]?.status).toBe(413);
  client.socket.destroy();
  answer(open[0]);
  expect((await first).status).toBe(200);
});

it.each([
  ['a request of applications', `POST ${PATH}`, `content-length: ${8 * MEBIBYTE}`],
  ['a request of operators', 'PUT /admin/v1/prices', `content-length: ${8 * MEBIBYTE}`],
  ['one that does not say how long it is', `POST ${PATH}`, 'transfer-encoding: chunked'],
  ['one that is compressed', `POST ${PATH}`, `content-encoding: gzip\r\ncontent-length: ${8 * MEBIBYTE}`],
])('is not read from a stranger: %s', async (_, line, length) => {
  const sockets: Socket[] = [];
  gateway.app.getHttpServer().on('connection', (socket: Socket) => sockets.push(socket));
  const client = new RawConnection(gateway.baseUrl);
  client.socket.write(`${line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer nobody\r\n${length}\r\n\r\n`);
  const body = Buffer.alloc(8 * MEBIBYTE, ' ');
  client.socket.write(length.includes('chunked') ? `800000\r\n${String(body)}` : body);
  const [refused] = await client.read(1);
  expect(refused).toMatchObject({ status: 401, body: expect.stringContaining('Incorrect API key') as string });
  expect(refused?.head).toMatch(/\r\nconnection: close\r\n/i);
  await client.closed();
  expect(sockets.at(-1)?.bytesRead).toBeLessThan(MEBIBYTE);
  client.socket.destroy();
});

it('is a 413 where it holds more values than a request needs', async () => {
  const body = `{"model":"amazon.nova-lite-v1:0","messages":[${'[],'.repeat(60_000)}[]]}`;
  const headers = { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' };
  for (const sent of [
    { body, headers },
    { body: gzipSync(body), headers: { ...headers, 'content-encoding': 'gzip' } },
  ]) {
    const refused = await fetch(gateway.baseUrl + PATH, { method: 'POST', ...sent });
    expect(refused.status).toBe(413);
    expect(await refused.json()).toMatchObject({
      error: { code: 'request_too_large', message: expect.stringContaining('50000 lists') as string },
    });
  }
});

it('is a 400 that names the arguments where they hold more values than a call needs', async () => {
  const toolCall = { id: 'c', type: 'function', function: { name: 'f', arguments: `[${'[],'.repeat(60_000)}[]]` } };
  const messages = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', tool_calls: [toolCall] },
    { role: 'tool', tool_call_id: 'c', content: 'r' },
  ];
  const refused = await ask(0, { messages });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ error: { param: 'messages[1].tool_calls[0].function.arguments' } });
});

it('counts for what it becomes when it is compressed, and only for that once it has been read', async () => {
  const packed = () =>
    fetch(gateway.baseUrl + PATH, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${gateway.tenantKey}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync(bodyOf(LARGE)),
    });
  const first = packed();
  await asked(1);
  expect(await metric('gateway_request_bytes_held')).toBe(`gateway_request_bytes_held ${bodyOf(LARGE).length}`);
  const second = packed();
  const short = ask(10);
  await asked(2);
  answer(open[1]);
  expect((await short).status).toBe(200);
  expect(bedrock.requests).toHaveLength(2);
  answer(open[0]);
  await asked(3);
  answer(open[2]);
  expect((await Promise.all([first, second])).map(({ status }) => status)).toEqual([200, 200]);
  await nothingHeld();
});

it('is read from an operator, whichever path it is for', async () => {
  const client = new RawConnection(gateway.baseUrl);
  const line = 'GET /v1/organization/costs?start_time=1700000000 HTTP/1.1';
  const head = `host: x\r\nauthorization: Bearer ${gateway.adminKey}\r\ntransfer-encoding: chunked`;
  client.socket.write(`${line}\r\n${head}\r\n\r\n0\r\n\r\n`);
  expect((await client.read(1))[0]?.status).toBe(200);
  client.socket.destroy();

  const price = { model: 'acme.long', scope: 'in_region', input: '1', output: '2' };
  const data = Array.from({ length: 1_000 }, (_, n) => ({ ...price, model: `acme.${n}-${'x'.repeat(40)}` }));
  expect(JSON.stringify({ data }).length).toBeGreaterThan(64 * 1024);
  expect((await gateway.call('PUT', '/admin/v1/prices', { body: { data } })).status).toBe(200);
});
