import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { startAccessApp, type AccessApp } from '../support/access-app.js';

let gateway: AccessApp;

beforeAll(async () => {
  gateway = await startAccessApp({
    HEADERS_TIMEOUT_MS: '200',
    REQUEST_TIMEOUT_MS: '400',
    KEEP_ALIVE_TIMEOUT_MS: '100',
    MAX_HEADER_KB: '4',
  });
});

afterAll(() => gateway.close());

function open(text: string): Socket {
  const { hostname, port } = new URL(gateway.baseUrl);
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  // The key is not known before the gateway is there.
  socket.write(text.replace('Bearer KEY', `Bearer ${gateway.tenantKey}`));
  return socket;
}

/** What the server writes until it ends the connection by itself. */
async function readToEnd(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (part: string) => (text += part));
  // What is sent to a connection that the server has closed resets it.
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

function parse(answer: string): { head: string; body: unknown } {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { head, body: JSON.parse(body) as unknown };
}

const errorOf = (code: string) => ({
  error: { message: expect.any(String) as string, type: 'invalid_request_error', param: null, code },
});

describe('a connection that is opened ahead of its request', () => {
  it('is ended without a word when none comes', async () => {
    expect(await readToEnd(open(''))).toBe('');
  });

  it('is kept as long as one between two requests', async () => {
    const patient = await startAccessApp({ HEADERS_TIMEOUT_MS: '200', KEEP_ALIVE_TIMEOUT_MS: '60000' });
    const { hostname, port } = new URL(patient.baseUrl);
    const unused = connect(Number(port), hostname).setEncoding('utf8');
    await once(unused, 'connect');
    // What comes later has been too slow already.
    const slow = connect(Number(port), hostname).setEncoding('utf8');
    slow.write('GET / HTTP/1.1\r\n');
    expect(await readToEnd(slow)).toMatch(/^HTTP\/1\.1 408 /);
    unused.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
    const [answer] = await once(unused, 'data');
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    // From here on it is watched as any other.
    unused.write('GET /healthz HTTP/1.1\r\n');
    expect(await readToEnd(unused)).toMatch(/^HTTP\/1\.1 408 /);
    await patient.close();
  });
});

describe('a server that waits for no client without an end', () => {
  it.each([
    ['headers', 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n'],
    ['a body', 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"model": "'],
    [
      'a chunked body',
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer KEY\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n',
    ],
  ])('answers 408 when %s do not arrive', async (_, text) => {
    const { head, body } = parse(await readToEnd(open(text)));
    expect(head).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(head).toMatch(/\r\nconnection: close\r\n/);
    expect(body).toEqual(errorOf('request_timeout'));
  });

  it('ends a connection on which a byte comes from time to time', async () => {
    const socket = open(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer KEY\r\ncontent-length: 100000\r\n\r\n',
    );
    const drip = setInterval(() => socket.write(' '), 20);
    const answer = await readToEnd(socket);
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('answers 431 to headers that are too large', async () => {
    const { head, body } = parse(
      await readToEnd(open(`GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(5_000)}\r\n\r\n`)),
    );
    expect(head).toMatch(/^HTTP\/1\.1 431 /);
    expect(body).toEqual(errorOf('request_headers_too_large'));
  });

  it('answers 400 to what is no HTTP', async () => {
    const { head, body } = parse(await readToEnd(open('hello\r\n\r\n')));
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(body).toEqual(errorOf('invalid_http'));
  });

  it('keeps a connection after an answer, and ends it when nothing comes any more', async () => {
    const answer = await readToEnd(open('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n'));
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/\r\nconnection: keep-alive\r\n/i);
  });
});
