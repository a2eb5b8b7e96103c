import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { OpenAI } from 'openai';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { killHard, makeDataDir, startProcess, stopAll, type GatewayProcess } from '../support/process.js';
import { until } from '../support/until.js';

let sandbox: Sandbox;
let database: TestDatabase;
let gateway: GatewayProcess;

beforeEach(async () => {
  sandbox = await createSandbox();
  database = await createTestDatabase();
  gateway = await startProcess({
    DATA_DIR: makeDataDir(),
    DATABASE_URL: database.url,
    API_KEY_PEPPER: 'p'.repeat(32),
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url,
    WORKERS: '2',
  });
});

afterEach(async () => {
  await stopAll();
  await database.close();
  await sandbox.close();
});

/** What is left of a process that nobody has asked for its end is a zombie, whose threads may take longer. Linux only. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')) || readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}

describe('a worker that dies', () => {
  it('is no failure of the others, though something is sent to it before its end is known', async () => {
    const [victim = 0, other = 0] = gateway.workers();
    expect([victim, other]).not.toContain(0);
    process.kill(gateway.pid, 'SIGSTOP');
    killHard(victim);
    await until(() => !isRunning(victim), 'the end of the worker');
    // Of two signals the lower one is delivered first: SIGTERM before SIGCHLD.
    const exit = gateway.kill('SIGTERM');
    process.kill(gateway.pid, 'SIGCONT');
    expect(await exit).toBe(0);
    expect(gateway.stderr()).toBe('');
    expect(isRunning(other)).toBe(false);
  });
});

describe('a client whose connection a worker was given and did not take', () => {
  it('is told when the worker dies', async () => {
    const [victim] = gateway.workers();
    process.kill(victim ?? gateway.pid, 'SIGSTOP');
    const ends: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      const sent = request(`${gateway.url}/healthz`, { agent: false }, (response) => {
        ends.push(String(response.statusCode));
        response.resume();
      });
      sent.on('error', ({ code }: NodeJS.ErrnoException) => ends.push(code ?? ''));
      sent.end();
    }
    await until(() => ends.length === 7, 'the other worker to answer the rest');
    killHard(victim);
    await until(() => ends.length === 8, 'the client to be told');
    expect(ends).toEqual([...Array<string>(7).fill('200'), 'ECONNRESET']);
  });
});

describe('a primary process that dies while its workers finish', () => {
  it('cuts none of their streams', async () => {
    const workers = gateway.workers();
    const apiKey = /sk-[0-9A-Za-z]+/.exec(gateway.stdout())?.[0] ?? '';
    sandbox.script.next({ match: { operation: 'ConverseStream' }, chunks: 150, delayMs: 20 });
    const stream = await new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 }).chat.completions.create({
      model: 'amazon.nova-lite-v1:0',
      messages: [{ role: 'user', content: 'Hello!' }],
      stream: true,
    });
    const exit = gateway.kill('SIGTERM');
    const isRefused = () =>
      fetch(`${gateway.url}/healthz`).then(
        () => false,
        () => true,
      );
    await until(isRefused, 'new connections to be refused');
    process.kill(gateway.pid, 'SIGKILL');
    let reason: string | null | undefined;
    for await (const chunk of stream) reason = chunk.choices[0]?.finish_reason ?? reason;
    expect(reason).toBe('stop');
    expect(await exit).toBeNull();
    await until(() => !workers.some(isRunning), 'the workers to end');
    expect(sandbox.journal.list()).toMatchObject([{ clientGone: false }]);
  });
});
