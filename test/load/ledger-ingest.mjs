// Events per second and CPU per event of the ledger on one connection, with all rollups kept.
// npm run build && DATABASE_URL=postgres://… node test/load/ledger-ingest.mjs [events] [in flight]
import { randomUUIDv7 } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { PostgresUsageLedger } from '../../dist/billing/metering/postgres-usage-ledger.js';
import { UsageMeter } from '../../dist/billing/metering/usage-meter.js';
import { PriceBook } from '../../dist/billing/pricing/price-book.js';

const databaseUrl = process.env.DATABASE_URL;
const events = Number(process.argv[2] ?? 10_000);
const inFlight = Number(process.argv[3] ?? 256);
const dataDir = mkdtempSync(join(tmpdir(), 'ingest-'));
const run = randomUUIDv7();
const target = {
  operation: 'chat',
  requestedModel: 'gpt-4o',
  resolvedModel: 'global.anthropic.claude-sonnet-4-6',
  family: 'anthropic',
  region: 'us-east-1',
  streamed: false,
};
const usage = { inputTokens: 900, outputTokens: 120, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };

const ledger = new PostgresUsageLedger({ databaseUrl, dataDir, leaseMs: 60_000 });
const prices = new PriceBook();
const unlimited = { isRequired: () => false };
const unthrottled = { release: () => Promise.resolve(), close: () => Promise.resolve() };
await ledger.start();

async function worker(count, index) {
  const payer = {
    tenantId: `load_${index % 10}`,
    tenantName: 'Load',
    keyId: `key_${index}`,
    keyName: 'load',
    tags: {},
    endUser: null,
  };
  for (let n = 0; n < count; n += 1) {
    const meter = new UsageMeter(ledger, prices, unlimited, unthrottled, payer, run);
    const attempt = meter.begin(target);
    await attempt.durable();
    await attempt.settle({ outcome: 'success', usage, awsRequestId: run, statusCode: 200, firstByteMs: 5 });
  }
}

const cpu = process.cpuUsage();
const start = performance.now();
await Promise.all(Array.from({ length: inFlight }, (_, index) => worker(Math.ceil(events / inFlight), index)));
const seconds = (performance.now() - start) / 1_000;
const { user, system } = process.cpuUsage(cpu);
await ledger.close();
rmSync(dataDir, { recursive: true });

const client = new Client({ connectionString: databaseUrl });
await client.connect();
const { rows } = await client.query('SELECT count(*)::integer AS events FROM usage_events WHERE request_id = $1', [
  run,
]);
const differences = await client.query(
  `SELECT count(*)::integer AS rows FROM (
     SELECT tenant_id, hour, series_id, sum(attempts) AS attempts, sum(cost_pico_usd) AS cost_pico_usd FROM (
       SELECT tenant_id, hour, series_id, attempts, cost_pico_usd FROM usage_hourly
       UNION ALL SELECT tenant_id, hour, series_id, attempts, cost_pico_usd FROM usage_recent) r GROUP BY 1, 2, 3
     EXCEPT SELECT tenant_id, hour, series_id, attempts, cost_pico_usd FROM usage_hourly_of_events) d`,
);
await client.end();
const written = rows[0].events;
console.log(
  `${written} events, ${Math.round(written / seconds)} per second, ` +
    `${((user + system) / written).toFixed(1)} µs of CPU per event (intent included), ` +
    `${differences.rows[0].rows} rollup rows that differ`,
);
