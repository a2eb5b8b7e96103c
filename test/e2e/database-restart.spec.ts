import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { EmbeddedPostgres, findRunningUrl } from '../../src/database/embedded/embedded-postgres.js';
import { makeDataDir, startProcess, stopAll } from '../support/process.js';
import { until } from '../support/until.js';

const CALLERS = 8;
const CALLS_BEFORE = 40;

afterEach(stopAll);

const postmasterOf = (dataDir: string): number =>
  Number(readFileSync(path.join(dataDir, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0]);

/** A probe of the gateway would not do: what it says of the database is up to a second old. */
async function isServedBy(dataDir: string): Promise<boolean> {
  const client = new Client({ connectionString: await findRunningUrl(dataDir) });
  client.on('error', () => undefined);
  await client.connect();
  await client.end();
  return true;
}

describe('a database that is restarted under load', () => {
  it.each<[string, NodeJS.Signals]>([
    ['ends at once', 'SIGQUIT'],
    ['is killed', 'SIGKILL'],
  ])('%s: no known key is refused, and no call is missing in the ledger', async (_, signal) => {
    const dataDir = makeDataDir();
    const gateway = await startProcess({ DATA_DIR: dataDir });
    const key = /sk-[0-9A-Za-z]+/.exec(gateway.stdout())?.[0] ?? '';
    const statuses: number[] = [];
    const load = { over: false };
    const call = async () => {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'amazon.nova-lite-v1:0', messages: [{ role: 'user', content: 'Hello!' }] }),
      });
      await response.arrayBuffer();
      statuses.push(response.status);
    };
    const callers = Array.from({ length: CALLERS }, async () => {
      while (!load.over) await call();
    });
    await until(() => statuses.length >= CALLS_BEFORE, 'the load to begin');

    const before = postmasterOf(dataDir);
    process.kill(before, signal);
    const isBack = async () => (await isServedBy(dataDir)) && postmasterOf(dataDir) !== before;
    await until(() => isBack().catch(() => false), 'the database to be back');
    await until(async () => (await fetch(`${gateway.url}/readyz`)).status === 200, 'the gateway to be ready');
    load.over = true;
    await Promise.all(callers);

    expect([...new Set(statuses)]).toEqual([200]);
    const client = new Client({ connectionString: await findRunningUrl(dataDir) });
    await client.connect();
    const count = async () => Number((await client.query('SELECT count(*) FROM usage_events')).rows[0].count);
    await until(async () => (await count()) >= statuses.length, 'the ledger to hold every call');
    expect(await count()).toBe(statuses.length);
    await client.end();
  });
});

describe('the lock of a data folder', () => {
  it('is taken again when its connection is lost, as by the crash of another session', async () => {
    const dataDir = makeDataDir();
    const embedded = await EmbeddedPostgres.start(dataDir);
    const client = new Client({ connectionString: embedded.url });
    await client.connect();
    const holders = async () => {
      const { rows } = await client.query<{ pid: number }>(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted",
      );
      return rows.map(({ pid }) => pid);
    };
    try {
      const [before] = await holders();
      await client.query('SELECT pg_terminate_backend($1, 5000)', [before]);
      await until(async () => (await holders()).length === 1, 'the lock to be taken again');
      await expect(EmbeddedPostgres.start(dataDir)).rejects.toThrow('Another gateway is running on the data folder');
    } finally {
      await client.end();
      await embedded.stop();
    }
  });
});
