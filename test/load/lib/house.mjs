// What a proof runs on: one PostgreSQL, the sandbox and some gateways, each a process of its own.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { compareWithJournal, listViolations } from '../../support/ledger-proof.ts';
import { Postgres } from './postgres.mjs';
import { findFreePort, start } from './processes.mjs';

const ADMIN_KEY = 'ak-load-test-of-the-gateway';
const STARTS_MAX = 10;

/** One gateway, always at the same address and on the same folder. */
class Replica {
  #child;
  #env;
  #stops;
  isUp = false;
  /** Starts that ended before they served. */
  failedStarts = 0;

  constructor(port, env, stops) {
    this.url = `http://127.0.0.1:${port}`;
    this.dataDir = env.DATA_DIR;
    this.#env = { ...env, HOST: '127.0.0.1', PORT: String(port) };
    this.#stops = stops;
  }

  get pid() {
    return this.#child.pid;
  }

  /** As a supervisor would: a start that fails is followed by another. */
  async start() {
    const command = [process.execPath, '--enable-source-maps', 'dist/main.js'];
    for (let tries = 1; ; tries += 1) {
      try {
        ({ child: this.#child } = await start(command, this.#env, /is ready on/, this.#stops));
        this.isUp = true;
        return;
      } catch (error) {
        this.failedStarts += 1;
        console.error(error.message);
        if (tries === STARTS_MAX) throw error;
      }
    }
  }

  /** `kill -9` */
  async kill() {
    this.isUp = false;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }
}

/** The sandbox in a process of its own, and its journal. */
async function startSandbox(stops) {
  const command = [process.execPath, '--enable-source-maps', 'dist/sandbox/main.js', '--port', '0'];
  const { match } = await start(command, {}, /on (http:\S+)/, stops);
  return {
    url: match[1],
    async journal() {
      const { entries } = await (await fetch(`${match[1]}/sandbox/journal`)).json();
      return entries.filter(({ operation }) => operation !== 'CountTokens');
    },
  };
}

/**
 * Starts it all. `env` is of every gateway; `withoutDisk` gives them no place for their journals, as a control: what they
 * have not written to the database is gone with them.
 */
export async function startHouse({ replicas, env = {}, withoutDisk = false }, stops) {
  const folder = mkdtempSync(path.join(tmpdir(), 'gateway-proof-'));
  chmodSync(folder, 0o755);
  stops.add(() => rmSync(folder, { recursive: true, force: true }));
  const postgres = await Postgres.start(folder, stops);
  const sandbox = await startSandbox(stops);
  const gateways = [];
  for (let n = 0; n < replicas; n += 1) {
    const dataDir = path.join(folder, `replica-${n}`);
    mkdirSync(dataDir);
    if (withoutDisk) writeFileSync(path.join(dataDir, 'usage-journal'), 'A file where a folder should be.');
    const own = {
      DATABASE_URL: postgres.url,
      DATA_DIR: dataDir,
      ADMIN_API_KEY: ADMIN_KEY,
      API_KEY_PEPPER: 'pepper-of-the-load-test'.padEnd(32, '.'),
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url,
      AWS_ENDPOINT_URL_BEDROCK: sandbox.url,
      LOG_LEVEL: 'warn',
      // That a machine which is busy elsewhere refuses early is not what is proven here.
      QUEUE_WAIT_MAX_MS: '600000',
    };
    gateways.push(new Replica(await findFreePort(), { ...own, ...env }, stops));
    await gateways[n].start();
  }
  return { postgres, sandbox, replicas: gateways };
}

/** Answers the body; throws for any status that is not 2xx. */
export async function admin({ url }, where, body) {
  const response = await fetch(`${url}/admin/v1${where}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** A tenant with one key and, with `budget`, one budget. */
export async function createTenant(replica, name, { budget = null, limits } = {}) {
  const { id } = await admin(replica, '/tenants', { name });
  const { key } = await admin(replica, `/tenants/${id}/keys`, { name, limits });
  if (budget !== null) await admin(replica, '/budgets', { name, window: 'total', tenant_id: id, ...budget });
  return { id, key };
}

/** Does `work` with a connection of its own. */
export async function query(url, work) {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * How the ledger stands beside the sandbox's journal as soon as all invariants hold and no call is missing, or at the
 * latest after `waitMs`; with the seconds that it took.
 */
export async function proveLedger({ postgres, sandbox }, waitMs) {
  const startedAt = performance.now();
  return query(postgres.url, async (client) => {
    for (;;) {
      const journal = await sandbox.journal();
      const violations = await listViolations(client);
      const comparison = await compareWithJournal(client, journal);
      const secondsGone = (performance.now() - startedAt) / 1_000;
      const isWhole = Object.keys(violations).length === 0 && comparison.lost === 0;
      const hasEnded = journal.every(({ endedAt }) => endedAt !== null);
      if ((isWhole && hasEnded) || secondsGone * 1_000 > waitMs) {
        return { violations, ...comparison, seconds: Number(secondsGone.toFixed(1)) };
      }
      await wait(500);
    }
  });
}

/** How requests ended for their clients: `200`, other statuses, and `cut` for answers without an end. */
export function countEnds(ends) {
  const counts = {};
  for (const { status, whole } of ends) {
    const name = whole ? String(status) : 'cut';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return JSON.stringify(counts).replaceAll('"', '');
}

/** Prints the table and ends the process: with 1 when there are `failures`. */
export function conclude(rows, failures) {
  console.table(rows);
  for (const failure of failures) console.error(`FAILED: ${failure}`);
  process.exit(failures.length === 0 ? 0 : 1);
}
