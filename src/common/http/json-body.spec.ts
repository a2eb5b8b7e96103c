import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import express, { type NextFunction, type Request, type Response } from 'express';
import { toErrorBody } from '../errors/error-body.js';
import { toGatewayError } from '../errors/to-gateway-error.js';
import type { GatewayRequest } from './gateway-request.js';
import { parseJsonBody, requireJsonBody } from './json-body.js';

const LIMIT_BYTES = 1000;
/** Room for anything. */
const ENDLESS = { covers: () => true, refuse: () => undefined, keep: () => undefined };
const HEAD = 'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';

let server: Server;
let port: number;

beforeAll(async () => {
  const app = express();
  app.use(requireJsonBody, parseJsonBody(LIMIT_BYTES, ENDLESS));
  app.use((request: Request, response: Response) => {
    response.json({ body: request.body as unknown });
  });
  // Express takes four parameters for the sign of an error handler.
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const failure = toGatewayError(error, 'POST', '/');
    response.status(failure.status).json(toErrorBody(failure));
  });
  server = createServer(app);
  server.on('checkContinue', (request: GatewayRequest, response) => {
    request.awaitsContinue = true;
    app(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('what comes after the body', () => {
  let longServer: Server;

  beforeAll(async () => {
    const app = express();
    let othersCame = false;
    app.use((request: Request, _response: Response, next: NextFunction) => {
      othersCame = false;
      request.once('end', () => setImmediate(() => (othersCame = true)));
      next();
    });
    app.use(parseJsonBody(10_000_000, ENDLESS));
    app.use((_request: Request, response: Response) => {
      response.json({ othersCame });
    });
    longServer = createServer(app);
    await new Promise<void>((resolve) => {
      longServer.listen(0, '127.0.0.1', resolve);
    });
  });

  afterAll(() => new Promise((resolve) => longServer.close(resolve)));

  it.each([
    ['long', 200_000, true],
    ['short', 200, false],
  ])('waits until others had their turn where the body is %s', async (_name, bytes, othersCame) => {
    const { port: longPort } = longServer.address() as AddressInfo;
    const body = JSON.stringify('x'.repeat(bytes));
    const answer = await fetch(`http://127.0.0.1:${longPort}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(await answer.json()).toEqual({ othersCame });
  });
});

function open(): Socket {
  return connect(port, '127.0.0.1');
}

/** A connection on which a request with these headers stands, whose body comes when it is asked for. */
function ask(headers: string): Socket {
  const socket = open();
  socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\n${headers}\r\n\r\n`);
  return socket;
}

/** Resolves with what came until it holds `wanted`. */
function receive(socket: Socket, wanted: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
      if (text.includes(wanted)) resolve(text);
    });
    socket.on('error', reject);
  });
}

function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  return fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

describe(parseJsonBody.name, () => {
  it.each([
    [200, 'charset=UTF-8'],
    [200, 'charset = "utf-8"; version=1'],
    [415, 'charset=utf-16'],
    [415, 'charset=utf-8; charset=utf-16'],
    [415, 'version=1;CHARSET="utf\\-16"'],
    [415, 'charset=us-ascii'],
  ])('answers %i to a body whose content type says %s', async (status, parameters) => {
    const answer = await post('{"a":1}', { 'content-type': `application/json; ${parameters}` });
    expect(answer.status).toBe(status);
  });

  it('reads JSON up to the limit', async () => {
    const text = JSON.stringify({ a: 'x'.repeat(LIMIT_BYTES - 8) });
    expect(text).toHaveLength(LIMIT_BYTES);
    expect(await (await post(text)).json()).toEqual({ body: JSON.parse(text) });
    expect((await post(`${text} `)).status).toBe(413);
  });

  it('answers before a byte of a body that says it is too large', async () => {
    const socket = open();
    socket.write(`${HEAD}content-length: 99000000000\r\n\r\n`);
    const answer = await receive(socket, 'request_too_large');
    socket.destroy();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
      error: {
        message: expect.stringContaining(String(LIMIT_BYTES)),
        type: 'invalid_request_error',
        param: null,
        code: 'request_too_large',
      },
    });
  });

  it('stops at the limit of a body that never ends, and hangs up', async () => {
    const socket = open();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const answer = receive(socket, 'request_too_large');
    socket.write(`${HEAD}transfer-encoding: chunked\r\n\r\n`);
    const chunk = `${(600).toString(16)}\r\n${'x'.repeat(600)}\r\n`;
    socket.write(chunk + chunk);
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
    socket.write(chunk);
    await closed;
  });

  it('keeps the connection of a client that ends its refused body', async () => {
    const socket = open();
    const first = receive(socket, 'request_too_large');
    socket.write(`${HEAD}content-length: 1001\r\n\r\n`);
    await first;
    const second = receive(socket, '{"body":{"a":1}}');
    socket.write(`${'x'.repeat(1001)}${HEAD}content-length: 7\r\n\r\n{"a":1}`);
    expect(await second).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('counts what a compressed body becomes', async () => {
    const body = gzipSync(JSON.stringify({ a: 'x'.repeat(9_000) }));
    expect((await post(new Uint8Array(body), { 'content-encoding': 'gzip' })).status).toBe(413);
  });

  describe('from a client that asks first', () => {
    it('tells it to go on', async () => {
      const socket = ask('content-length: 7');
      await receive(socket, 'HTTP/1.1 100 Continue\r\n\r\n');
      socket.write('{"a":1}');
      expect(await receive(socket, '{"body":{"a":1}}')).toMatch(/^HTTP\/1\.1 200 /);
      socket.destroy();
    });

    it.each([
      ['413', 'content-length: 1001'],
      ['415', 'content-length: 7\r\ncontent-type: text/plain'],
      ['415', 'content-length: 7\r\ncontent-encoding: none-such'],
      ['415', 'content-length: 7\r\ncontent-type: application/json; charset=utf-16'],
    ])('answers %s at once to %j', async (status, headers) => {
      const socket = ask(headers);
      expect(await receive(socket, '"error"')).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      socket.destroy();
    });
  });
});
