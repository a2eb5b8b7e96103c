import { Client } from 'pg';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import { closeTraffic, inParallel, sendChat, type ChatEnd } from '../support/chat-traffic.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { compareWithJournal, listViolations } from '../support/ledger-proof.js';
import { killHard, makeDataDir, startProcess, stopAll, type GatewayProcess } from '../support/process.js';
import { until } from '../support/until.js';

const MODEL = 'amazon.nova-lite-v1:0';
/** A dead process is known as such when its lease is over. */
const SWEEP_MS = 90_000;
const NOTHING_WRONG = { lost: 0, doubled: 0, different: 0 };

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
  closeTraffic();
  await stopAll();
  await client.end();
  await database.close();
  await sandbox.close();
});

const start = (env: NodeJS.ProcessEnv): Promise<GatewayProcess> =>
  startProcess({
    DATABASE_URL: database.url,
    API_KEY_PEPPER: 'p'.repeat(32),
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url,
    ...env,
  });
const keyOf = (gateway: GatewayProcess) => /sk-[0-9A-Za-z]+/.exec(gateway.stdout())?.[0] ?? '';
const arrived = () => sandbox.journal.list().length;
const hasEnded = () => sandbox.journal.list().every(({ endedAt }) => endedAt !== null);
const isSettled = async () => hasEnded() && Object.keys(await listViolations(client)).length === 0;

/** Half of them are streams. */
function ask(n: number) {
  const behaviour = n % 2 === 0 ? { chunks: 5, delayMs: 10 } : { headersDelayMs: 50 };
  const content = `Say something about ${n}. [[sandbox: ${JSON.stringify(behaviour)}]]`;
  return { model: MODEL, content, stream: n % 2 === 0, maxTokens: 64 };
}

it('kill -9 of a replica under load: no call is missing in the ledger, and none is there twice', async () => {
  const places = [{ DATA_DIR: makeDataDir() }, { DATA_DIR: makeDataDir() }];
  const replicas: GatewayProcess[] = [];
  for (const place of places) replicas.push(await start(place));
  const key = replicas.map(keyOf).find((found) => found !== '') ?? '';

  async function send(n: number): Promise<ChatEnd> {
    const [first, other] = n % 2 === 0 ? replicas : replicas.toReversed();
    const end = await sendChat({ url: first?.url ?? '', key }, ask(n));
    return end.unheard ? sendChat({ url: other?.url ?? '', key }, ask(n)) : end;
  }
  const ends: ChatEnd[] = [];
  const load = inParallel(300, 30, async (n) => {
    ends.push(await send(n));
  });
  for (const [n, after] of [60, 180].entries()) {
    await until(() => arrived() >= after, 'the load to go on');
    await replicas[n]?.kill('SIGKILL');
    replicas[n] = await start(places[n] ?? {});
  }
  await load;

  expect(ends.some(({ whole }) => !whole)).toBe(true);
  await until(async () => (await isSettled()) && (await compare()).lost === 0, 'the ledger to be whole', SWEEP_MS);
  const { calls, ...comparison } = await compare();
  expect(calls).toBe(arrived());
  expect(comparison).toMatchObject(NOTHING_WRONG);
  expect(comparison.estimated).toBeGreaterThan(0);
}, 180_000);

it('kill -9 of workers under load: the same, and the others go on', async () => {
  const gateway = await start({ DATA_DIR: makeDataDir(), WORKERS: '3' });
  const keys = `${gateway.url}/admin/v1/tenants`;
  const adminKey = /ak-[0-9A-Za-z]+/.exec(gateway.stdout())?.[0] ?? '';
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  const { data } = (await (await fetch(keys, { headers })).json()) as { data: { id: string }[] };
  const limits = { requests_per_minute: 100_000, concurrent_requests: 40 };
  const body = JSON.stringify({ name: 'limited', limits });
  const issued = await fetch(`${keys}/${data[0]?.id}/keys`, { method: 'POST', headers, body });
  const { key } = (await issued.json()) as { key: string };
  const ends: ChatEnd[] = [];
  const load = inParallel(300, 30, async (n) => {
    ends.push(await sendChat({ url: gateway.url, key }, ask(n)));
  });
  for (const after of [60, 180]) {
    await until(() => arrived() >= after, 'the load to go on');
    killHard(gateway.workers()[0]);
  }
  await load;

  expect(ends.filter(({ unheard, status }) => unheard || status === 429)).toEqual([]);
  expect(ends.some(({ whole }) => !whole)).toBe(true);
  await until(async () => (await isSettled()) && (await compare()).lost === 0, 'the ledger to be whole', SWEEP_MS);
  const { calls, ...comparison } = await compare();
  expect(calls).toBe(arrived());
  expect(comparison).toMatchObject(NOTHING_WRONG);
  expect(gateway.stderr()).toBe('');
}, 180_000);

function compare() {
  return compareWithJournal(client, sandbox.journal.list());
}
