import { once } from 'node:events';
import { OpenAI } from 'openai';
import { Client } from 'pg';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import type { BehaviourInput } from '../../src/sandbox/script/behaviour.js';
import { CuttableProxy } from '../support/cuttable-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { makeDataDir, startProcess, stopAll, type GatewayProcess } from '../support/process.js';
import { RawConnection, rawPost } from '../support/raw-connection.js';
import { until } from '../support/until.js';

let sandbox: Sandbox;
let database: TestDatabase;
let client: Client;

beforeEach(async () => {
  sandbox = await createSandbox();
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  client.on('error', () => undefined);
  await client.connect();
});

afterEach(async () => {
  await stopAll();
  await client.end();
  await database.close();
  await sandbox.close();
});

function start(env: NodeJS.ProcessEnv = {}): Promise<GatewayProcess> {
  return startProcess({
    DATA_DIR: makeDataDir(),
    DATABASE_URL: database.url,
    API_KEY_PEPPER: 'p'.repeat(32),
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url,
    ...env,
  });
}

/** A stream of `chunks` pieces whose first one has been read. */
async function beginStream(gateway: GatewayProcess, chunks: number, fault?: BehaviourInput['fault']) {
  sandbox.script.next({ match: { operation: 'ConverseStream' }, chunks, delayMs: 20, fault });
  const openai = new OpenAI({ apiKey: keyOf(gateway), baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  const stream = await openai.chat.completions.create({
    model: 'amazon.nova-lite-v1:0',
    messages: [{ role: 'user', content: 'Hello!' }],
    stream: true,
  });
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  return iterator;
}

async function readToEnd(iterator: AsyncIterator<OpenAI.ChatCompletionChunk>): Promise<string | null | undefined> {
  let finishReason: string | null | undefined;
  for (let item = await iterator.next(); item.done !== true; item = await iterator.next()) {
    finishReason = item.value.choices[0]?.finish_reason ?? finishReason;
  }
  return finishReason;
}

function keyOf(gateway: GatewayProcess): string {
  return /sk-[0-9A-Za-z]+/.exec(gateway.stdout())?.[0] ?? '';
}

function ask(gateway: GatewayProcess, fields: object = {}, signal: AbortSignal | null = null): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    signal,
    headers: { authorization: `Bearer ${keyOf(gateway)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'amazon.nova-lite-v1:0',
      messages: [{ role: 'user', content: 'Hello!' }],
      ...fields,
    }),
  });
}

async function scrape(gateway: GatewayProcess): Promise<string> {
  const adminKey = /ak-[0-9A-Za-z]+/.exec(gateway.stdout())?.[0] ?? '';
  return (await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${adminKey}` } })).text();
}

async function countIntents(): Promise<number | undefined> {
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM usage_intents');
  return rows[0]?.count;
}

async function isRefused(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    () => false,
    () => true,
  );
}

async function listOutcomes(): Promise<string[]> {
  const { rows } = await client.query<{ outcome: string }>('SELECT outcome FROM usage_events');
  return rows.map(({ outcome }) => outcome);
}

describe('SIGTERM during a stream', () => {
  it('lets it finish, refuses new connections meanwhile, and exits with 0', async () => {
    const gateway = await start();
    const stream = await beginStream(gateway, 100);
    const exit = gateway.kill('SIGTERM');
    // The signal takes a moment to arrive; the stream goes on meanwhile, and ends well only if it is let to.
    await until(() => isRefused(gateway.url), 'new connections to be refused');
    expect(await readToEnd(stream)).toBe('stop');
    expect(await exit).toBe(0);
    expect(await listOutcomes()).toEqual(['success']);
  });

  it('ends it with an error frame when the grace time is over, and still accounts for it', async () => {
    const gateway = await start({ SHUTDOWN_GRACE_MS: '200' });
    sandbox.script.next({ match: { operation: 'ConverseStream' }, chunks: 100_000, delayMs: 20 });
    const answer = await ask(gateway, { stream: true });
    const exit = gateway.kill('SIGTERM');
    // A connection that is reset has no end.
    const frames = (await answer.text()).split('\n\n');
    expect(frames.splice(-2)).toEqual([expect.stringContaining('"code":"shutting_down"'), '']);
    expect(frames.length).toBeGreaterThan(0);
    expect(frames).not.toContain('data: [DONE]');
    expect(await exit).toBe(0);
    expect(await listOutcomes()).toEqual(['client_gone']);
    expect(await countIntents()).toBe(0);
  });

  it('accounts for one whose source is silent when the grace time is over', async () => {
    const gateway = await start({ SHUTDOWN_GRACE_MS: '200' });
    const fault = { kind: 'stall' as const, afterEvents: 3, ms: 60_000 };
    const stream = await beginStream(gateway, 100, fault);
    const exit = gateway.kill('SIGTERM');
    await expect(readToEnd(stream)).rejects.toMatchObject({ code: 'shutting_down' });
    expect(await exit).toBe(0);
    expect(await listOutcomes()).toEqual(['client_gone']);
    expect(await countIntents()).toBe(0);
  });
});

describe('SIGTERM before an answer has begun', () => {
  it.each([
    ['a whole answer', 'Converse', { headersDelayMs: 600_000 }, { stream: false }],
    ['a stream', 'ConverseStream', { headersDelayMs: 600_000 }, { stream: true }],
  ])('refuses %s when the grace time is over, and accounts for the call', async (_name, operation, script, fields) => {
    const gateway = await start({ SHUTDOWN_GRACE_MS: '200' });
    sandbox.script.next({ match: { operation }, ...script });
    const asking = ask(gateway, fields);
    await until(() => sandbox.journal.list().length === 1, 'the call to reach Bedrock');
    const exit = gateway.kill('SIGTERM');
    const answer = await asking;
    expect([answer.status, answer.headers.get('connection')]).toEqual([503, 'close']);
    expect(answer.headers.get('x-should-retry')).toBe('true');
    expect(await answer.json()).toEqual({
      error: {
        message: expect.stringContaining('shutting down') as string,
        type: 'service_unavailable_error',
        param: null,
        code: 'shutting_down',
      },
    });
    expect(await exit).toBe(0);
    expect(await listOutcomes()).toEqual(['client_gone']);
    expect(await countIntents()).toBe(0);
    const lines = gateway.stdout().split('\n');
    const logged = lines.filter((line) => line.includes('/v1/chat/completions') && line.startsWith('{'));
    expect(logged.map((line) => JSON.parse(line) as object)).toMatchObject([
      { res: { status: 503 }, msg: 'request failed' },
    ]);
    expect(lines.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  it('refuses a request whose body does not arrive', async () => {
    const gateway = await start({ SHUTDOWN_GRACE_MS: '200' });
    const connection = new RawConnection(gateway.url);
    const [head] = rawPost('/v1/chat/completions', keyOf(gateway), 'x'.repeat(1_000)).split('\r\n\r\n');
    connection.socket.write(`${head}\r\n\r\n{`);
    const inFlight = async () => (await scrape(gateway)).includes('gateway_http_requests_in_flight 2');
    await until(inFlight, 'the request to be read as far as it came');
    const exit = gateway.kill('SIGTERM');
    const [answer] = await connection.read(1);
    expect([answer?.status, answer?.body]).toEqual([503, expect.stringContaining('"code":"shutting_down"')]);
    expect(await exit).toBe(0);
  });
});

describe('SIGTERM after the client of a whole answer has left', () => {
  it('aborts the call when the time for it is over, and still accounts for it', async () => {
    const gateway = await start({ SHUTDOWN_GRACE_MS: '200' });
    sandbox.script.next({ match: { operation: 'Converse' }, headersDelayMs: 600_000 });
    const leaving = new AbortController();
    const asking = ask(gateway, {}, leaving.signal);
    await until(async () => sandbox.journal.list().length === 1, 'the call to reach Bedrock');
    leaving.abort();
    await expect(asking).rejects.toThrow('aborted');
    await until(async () => gateway.stdout().includes('"status":499'), 'the gateway to know that it has left');
    expect(await gateway.kill('SIGTERM')).toBe(0);
    expect(await listOutcomes()).toEqual(['client_gone']);
    expect(await countIntents()).toBe(0);
  });
});

describe('SIGTERM while the database is silent', () => {
  it('waits for no answer of it, and exits with 0', async () => {
    const url = new URL(database.url);
    const proxy = new CuttableProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(await proxy.open());
    try {
      const gateway = await start({ DATABASE_URL: url.href, SHUTDOWN_GRACE_MS: '200' });
      expect((await ask(gateway)).status).toBe(200);
      proxy.silence();
      await until(
        async () => gateway.stdout().includes('Admin changes cannot be followed'),
        'the silence to be noticed',
      );
      expect(await gateway.kill('SIGTERM')).toBe(0);
    } finally {
      await proxy.cut();
    }
  });
});

describe('SIGTERM while connections have no request', () => {
  it.each([
    ['is silent', ''],
    ['has sent half a head', 'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n'],
    ['has sent half of its second head', 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /healthz HTTP/1.1\r\n'],
  ])('does not wait for one that %s', async (_name, bytes) => {
    const gateway = await start({ SHUTDOWN_GRACE_MS: '600000', HEADERS_TIMEOUT_MS: '600000' });
    const connection = new RawConnection(gateway.url);
    await once(connection.socket, 'connect');
    connection.socket.write(bytes);
    // Whatever came before it has been read when this has its answer.
    await fetch(`${gateway.url}/healthz`);
    const stream = await beginStream(gateway, 150);
    const exit = gateway.kill('SIGTERM');
    await connection.closed();
    expect(await readToEnd(stream)).toBe('stop');
    expect(await exit).toBe(0);
  });
});

describe('SIGTERM with a delay', () => {
  it('says that it is not ready, goes on serving on connections that end, and then exits with 0', async () => {
    const gateway = await start({ SHUTDOWN_DELAY_MS: '60000' });
    const before = await fetch(`${gateway.url}/readyz`);
    expect([before.status, before.headers.get('connection')]).toEqual([200, 'keep-alive']);
    const stream = await beginStream(gateway, 100);
    void gateway.kill('SIGTERM');
    const readiness = async () => fetch(`${gateway.url}/readyz`);
    await until(async () => (await readiness()).status === 503, 'the gateway to say that it is not ready');
    const answer = await readiness();
    expect(answer.headers.get('connection')).toBe('close');
    expect(await answer.json()).toMatchObject({ status: 'shutting_down', details: { database: { status: 'up' } } });
    const late = await beginStream(gateway, 5);
    expect([await readToEnd(late), await readToEnd(stream)]).toEqual(['stop', 'stop']);
  });

  it('ends the connection of a request that began before the signal', async () => {
    const gateway = await start({ SHUTDOWN_DELAY_MS: '200' });
    sandbox.script.next({ match: { operation: 'Converse' }, headersDelayMs: 600_000 });
    const answering = ask(gateway);
    await until(() => Promise.resolve(sandbox.journal.list().length === 1), 'the call to reach Bedrock');
    const exit = gateway.kill('SIGTERM');
    const isEnding = () =>
      fetch(`${gateway.url}/readyz`).then(
        ({ status }) => status === 503,
        () => true,
      );
    await until(isEnding, 'the signal to arrive');
    sandbox.hurry();
    const answer = await answering;
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
    expect(await exit).toBe(0);
  });
});
