// Whether a budget is ever overrun: four processes with 16 workers each spend it through the whole billing layer
// (admission, ledger, settlement; without HTTP and Bedrock), in one tenant and then in a thousand. Costs are random and
// mostly below what was reserved. The control reads first and writes afterwards, and must overrun.
// npm run build && node test/load/budget-race.mjs [requests] [tenants]
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { BudgetAdmission } from '../../dist/billing/budgets/budget-admission.js';
import { BudgetBook } from '../../dist/billing/budgets/budget-book.js';
import { BudgetRepository } from '../../dist/billing/budgets/budget.repository.js';
import { PostgresUsageLedger } from '../../dist/billing/metering/postgres-usage-ledger.js';
import { UsageMeter } from '../../dist/billing/metering/usage-meter.js';
import { TokenHold } from '../../dist/billing/limits/token-hold.js';
import { PriceBook } from '../../dist/billing/pricing/price-book.js';
import { EmbeddedPostgres } from '../../dist/database/embedded/embedded-postgres.js';
import { applyMigrations } from '../../dist/database/migrations.js';
import { PrismaService } from '../../dist/database/prisma.service.js';

const REPLICAS = 4;
const WORKERS = 16;
const OUTPUT_TOKENS_MAX = 1_000;
/** Pico-USD per output token of the model below, as the built-in list has it. */
const PRICE = 15_000_000n;
const LARGEST = PRICE * BigInt(OUTPUT_TOKENS_MAX);
const TARGET = {
  operation: 'chat',
  requestedModel: 'gpt-4o',
  resolvedModel: 'global.anthropic.claude-sonnet-4-6',
  family: 'anthropic',
  region: 'us-east-1',
  streamed: false,
};

/** How budgets are overrun elsewhere: what is spent is read, then the call is made, then it is written. */
class NaiveAdmission {
  constructor(pool, limit) {
    this.pool = pool;
    this.limit = limit;
  }

  isRequired() {
    return false;
  }

  async admit({ tenantId }, _requestId, _target, bound) {
    const amount = PRICE * BigInt(bound().outputTokensMax);
    const { rows } = await this.pool.query('SELECT spent FROM naive WHERE tenant_id = $1', [tenantId]);
    if (BigInt(rows[0].spent) + amount > this.limit) throw Object.assign(new Error('refused'), { status: 429 });
    const release = async () => {
      await this.pool.query(
        `UPDATE naive SET spent = (SELECT coalesce(sum(cost_pico_usd), 0) FROM usage_events WHERE tenant_id = $1)
         WHERE tenant_id = $1`,
        [tenantId],
      );
    };
    return { id: null, picoUsd: amount, release };
  }
}

if (process.argv[2] === 'replica') await replica(JSON.parse(process.argv[3]));
else await main();

async function main() {
  const requests = Number(process.argv[2] ?? 20_000);
  const tenants = Number(process.argv[3] ?? 1_000);
  const folder = mkdtempSync(path.join(tmpdir(), 'budget-race-'));
  chmodSync(folder, 0o755);
  const postgres = await EmbeddedPostgres.start(folder);
  let failed = false;
  try {
    await applyMigrations(postgres.url);
    // A limit that about a third of the demand fills, so that most of the run is fought over the rest.
    const scenarios = [
      { name: 'one tenant', tenants: 1, limit: (LARGEST * BigInt(requests)) / 8n },
      { name: `${tenants} tenants`, tenants, limit: LARGEST * 3n },
      { name: 'control', tenants: 1, limit: (LARGEST * BigInt(requests)) / 8n, naive: true },
    ];
    const rows = [];
    for (const scenario of scenarios) rows.push(await run(postgres.url, folder, requests, scenario));
    console.table(rows);
    failed = rows.some((row) => row.holds !== (row.scenario !== 'control'));
    console.log(failed ? 'FAILED' : 'Every budget held; the control did not.');
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit(failed ? 1 : 0);
}

async function run(url, folder, requests, { name, tenants, limit, naive = false }) {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`TRUNCATE usage_events, usage_recent, usage_hourly, usage_daily, usage_monthly, usage_yearly, usage_series, budgets, budget_windows,
    budget_holds, reservations`);
  await client.query('CREATE TABLE IF NOT EXISTS naive (tenant_id text PRIMARY KEY, spent numeric NOT NULL)');
  await client.query('TRUNCATE naive');
  await client.query(
    `INSERT INTO budgets (id, tenant_id, name, "window", time_zone, hard, limit_pico_usd)
     SELECT 'bud_' || n, 'ten_' || n, 'race', 'total', 'UTC', NOT $3, $2 FROM generate_series(0, $1 - 1) n`,
    [tenants, String(limit), naive],
  );
  // Budgets that lie over each other, so that every request takes several locks.
  await client.query(
    `INSERT INTO budgets (id, tenant_id, name, "window", time_zone, hard, limit_pico_usd)
     SELECT 'all_' || w, '', 'all', w, 'UTC', NOT $2, $1 FROM unnest(ARRAY['day', 'month']) w`,
    [String(limit * BigInt(tenants)), naive],
  );
  await client.query(`INSERT INTO naive SELECT 'ten_' || n, 0 FROM generate_series(0, $1 - 1) n`, [tenants]);
  const before = await deadlocks(client);
  const startedAt = performance.now();
  const share = Math.ceil(requests / REPLICAS);
  const outcomes = await Promise.all(
    Array.from({ length: REPLICAS }, (_, index) =>
      start({
        url,
        dataDir: path.join(folder, `replica-${index}`),
        requests: share,
        tenants,
        limit: String(limit),
        naive,
      }),
    ),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const total = (field) => outcomes.reduce((sum, outcome) => sum + outcome[field], 0);
  const { rows } = await client.query(
    `SELECT max(coalesce(s.cost, 0) - b.limit_pico_usd) AS overrun, max(b.limit_pico_usd - coalesce(s.cost, 0)) AS rest,
       (SELECT sum(reserved)::text FROM budget_windows) AS held,
       count(*) FILTER (WHERE w.spent IS DISTINCT FROM s.cost)::integer AS wrong
     FROM budgets b
     LEFT JOIN (SELECT tenant_id, sum(cost_pico_usd) AS cost FROM usage_events GROUP BY 1) s ON s.tenant_id = b.tenant_id
     LEFT JOIN budget_windows w ON w.budget_id = b.id WHERE b.tenant_id <> ''`,
  );
  const [{ overrun, rest, held, wrong }] = rows;
  const waited = (await deadlocks(client)) - before;
  await client.end();
  const ratio = (amount) => (Number(amount) / Number(LARGEST)).toFixed(3);
  return {
    scenario: name,
    requests: share * REPLICAS,
    admitted: total('admitted'),
    refused: total('refused'),
    errors: total('errors'),
    deadlocks: waited,
    'requests/s': Math.round((share * REPLICAS) / seconds),
    'overrun (largest requests)': ratio(overrun),
    'unused (largest requests)': ratio(rest),
    'held at the end': held,
    'sums that differ': wrong,
    holds: overrun <= 0 && rest < LARGEST && Number(held) === 0 && wrong === 0 && waited === 0 && total('errors') === 0,
  };
}

async function deadlocks(client) {
  await client.query('SELECT pg_stat_force_next_flush()');
  const { rows } = await client.query('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
  return Number(rows[0].deadlocks);
}

function start(options) {
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, ['replica', JSON.stringify(options)]);
    let outcome;
    child.once('message', (message) => (outcome = message));
    child.once('exit', (code) => (outcome ? resolve(outcome) : reject(new Error(`a replica ended with ${code}`))));
  });
}

/** One process of the gateway's billing layer. */
async function replica({ url, dataDir, requests, tenants, limit, naive }) {
  const prisma = new PrismaService({ databaseUrl: url, databasePoolSize: 8 });
  const ledger = new PostgresUsageLedger({ databaseUrl: url, dataDir, leaseMs: 60_000 });
  const repository = new BudgetRepository(prisma);
  const feed = { listen: () => undefined, knownUntilMs: Number.POSITIVE_INFINITY };
  const book = new BudgetBook(repository, feed);
  await book.reload();
  await ledger.start();
  const prices = new PriceBook();
  const pool = new Pool({ connectionString: url, max: 8 });
  const admission = naive
    ? new NaiveAdmission(pool, BigInt(limit))
    : new BudgetAdmission(repository, book, prices, ledger);
  const limits = { admit: () => TokenHold.NONE, release: async () => undefined, close: async () => undefined };
  const counts = { admitted: 0, refused: 0, errors: 0 };
  let begun = 0;
  async function work() {
    while (begun < requests) {
      const tenant = begun % tenants;
      begun += 1;
      const tenantId = `ten_${tenant}`;
      const payer = {
        tenantId,
        tenantName: tenantId,
        keyId: `key_${tenant}`,
        keyName: 'race',
        tags: {},
        endUser: null,
      };
      const meter = new UsageMeter(ledger, prices, admission, limits, payer, randomUUID());
      const outputTokensMax = 1 + Math.floor(Math.random() * OUTPUT_TOKENS_MAX);
      try {
        const admitted = await meter.admit(TARGET, () => ({ promptTokensMax: 0, outputTokensMax }));
        const attempt = admitted.begin(TARGET);
        await attempt.recorded;
        const outputTokens = Math.random() < 0.3 ? outputTokensMax : Math.ceil(Math.random() * outputTokensMax);
        const none = { inputTokens: 0, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };
        await attempt.settle({ outcome: 'success', usage: { ...none, outputTokens }, statusCode: 200 });
        counts.admitted += 1;
      } catch (error) {
        if (error.status === 429) counts.refused += 1;
        else {
          counts.errors += 1;
          console.error(error);
        }
      }
      await meter.close('error');
    }
  }
  await Promise.all(Array.from({ length: WORKERS }, work));
  // What could not be released at once is tried again in the background.
  await sleep(1_500);
  await ledger.close();
  await Promise.all([prisma.$disconnect(), pool.end()]);
  process.send(counts, () => process.exit(0));
}
