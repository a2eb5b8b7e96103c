// How long every kind of report takes over many events, asked over HTTP, and whether rebuilt sums are the same: as those of an
// earlier rebuild, and as those that the ledger kept of a sample while it wrote it. Makes a PostgreSQL of its own in a folder; 50 million
// events need about 30 GB. A folder that is named is kept, and continued when it is named again.
// npm run build && node test/load/reports-at-size.mjs [events = 50000000] [folder] [first month that is rebuilt = 1]
import { randomUUIDv7 } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { toEventRecord } from '../../dist/billing/metering/ledger-record.js';
import { LedgerStore } from '../../dist/billing/metering/ledger-store.js';
import { runUsage } from '../../dist/billing/rollups/run-usage.js';
import { UserSumsRepository } from '../../dist/billing/rollups/user-sums.repository.js';
import { EmbeddedPostgres } from '../../dist/database/embedded/embedded-postgres.js';
import { applyMigrations } from '../../dist/database/migrations.js';
import { PrismaService } from '../../dist/database/prisma.service.js';
import { FOLD_ALL } from '../support/fold.ts';
import { cpuMs, findFreePort, start, Stops } from './lib/processes.mjs';

const events = Number(process.argv[2] ?? 50_000_000);
const firstRebuilt = process.argv[4] ?? '1';
const TENANTS = 1_000;
const YEAR = 2025;
const MONTHS = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(YEAR, month)));
const RUNS = 5;
const LIMIT_MS = 300;
/** The tables of sums, and when the unit of a row begins. */
const SUMS = {
  usage_hourly: 'hour',
  usage_daily: 'day',
  usage_monthly: 'month',
  usage_yearly: 'year',
  usage_overall: 'starts_at',
  usage_by_tenant: 'starts_at',
  usage_by_key: 'starts_at',
  usage_by_model: 'starts_at',
  usage_by_user: 'starts_at',
};
/** Of a day or month that is summed by end user, as gateways do. */
const ATTEMPTS_MIN = 500;
/** What the ledger writes itself, in two months of another year. */
const SAMPLE = { year: YEAR - 1, events: 100_000, batch: 128 };

const WHOLE = 'from=2025-01-01&to=2026-01-01';
const RECENT = 'from=2025-12-01T10:20:00Z&to=2025-12-31T10:20:00Z';
const BIG = 'tenant_id=ten_0';
const MIDDLE = 'tenant_id=ten_500';
const usage = (...queries) => queries.map((query) => `/admin/v1/usage?${query}`);
const second = (text) => Date.parse(text) / 1_000;
const from = (text) => `start_time=${second(text)}`;

/** Every dimension, bucket and filter, over long and odd ranges, of all tenants, of a large one and of one of average size. */
const REPORTS = [
  ...usage(
    `${WHOLE}&group_by=tenant`,
    `${WHOLE}&group_by=tenant,model`,
    `${WHOLE}&group_by=model`,
    `${WHOLE}&group_by=family,region`,
    `${WHOLE}&group_by=operation,outcome`,
    `${WHOLE}&group_by=month`,
    `${WHOLE}&group_by=month,model`,
    `${WHOLE}&group_by=month,tenant`,
    `${WHOLE}&group_by=tenant,month`,
    `${WHOLE}&group_by=key`,
    `${WHOLE}&group_by=tag:team`,
    `${WHOLE}&group_by=tag:team,model`,
    `${WHOLE}&group_by=tag:team,month`,
    `${WHOLE}&group_by=model&tag=team%3Dteam-7`,
    `${WHOLE}&group_by=month&tag=team%3Dteam-7&tag=stage%3Dprod`,
    `${WHOLE}&group_by=tenant&model=global.vendor.model-1`,
    `${WHOLE}&group_by=month,outcome&region=us-east-1`,
    `${WHOLE}&group_by=tenant&outcome=error`,
    `${WHOLE}&group_by=day`,
    `${WHOLE}&group_by=day,model`,
    `${WHOLE}&group_by=month&time_zone=Europe/Berlin`,
    `${WHOLE}&group_by=tenant,month&time_zone=Europe/Berlin`,
    `${WHOLE}&group_by=tenant,day`,
    `${WHOLE}&group_by=tenant,key,model,outcome`,
    `${RECENT}&group_by=tenant`,
    `${RECENT}&group_by=tenant,model`,
    `${RECENT}&group_by=key`,
    `${RECENT}&group_by=tag:team`,
    `${RECENT}&group_by=day`,
    `${RECENT}&group_by=day,model`,
    `${RECENT}&group_by=day,tenant`,
    `${RECENT}&group_by=tenant,day`,
    `${RECENT}&group_by=day&time_zone=Europe/Berlin`,
    `${RECENT}&group_by=hour`,
    'from=2025-12-24&to=2025-12-31&group_by=hour,model',
    'from=2025-12-24&to=2025-12-31&group_by=tenant,hour',
    'from=2025-12-30T10:20:00Z&to=2025-12-31T10:20:00Z&group_by=minute',
    'from=2025-12-31T10:20:00Z&to=2025-12-31T11:20:00Z&group_by=minute,model',
    'from=2025-12-31T10:00:00Z&to=2025-12-31T12:00:00Z&group_by=requested_model',
    ...[BIG, MIDDLE].flatMap((tenant) => [
      `${WHOLE}&${tenant}&group_by=key,model`,
      `${WHOLE}&${tenant}&group_by=month,key`,
      `${WHOLE}&${tenant}&group_by=day&time_zone=America/New_York`,
      `${WHOLE}&${tenant}&group_by=day,model`,
      `${RECENT}&${tenant}&group_by=hour`,
      `${RECENT}&${tenant}&group_by=hour,key,model`,
      `${RECENT}&${tenant}&group_by=end_user`,
      `${RECENT}&${tenant}&group_by=end_user,model`,
      `${RECENT}&${tenant}&end_user=user-7&group_by=day`,
      `${RECENT}&${tenant}&group_by=requested_model`,
    ]),
  ),
  `/admin/v1/costs?${WHOLE}&group_by=tenant`,
  `/admin/v1/costs?${RECENT}&group_by=day,model`,
  '/admin/v1/tenants/ten_0/statement?month=2025-06',
  '/admin/v1/tenants/ten_0/statement?month=2025-06&format=csv&time_zone=Asia/Kolkata',
  `/v1/organization/usage/completions?${from('2025-12-01')}&end_time=${second('2026-01-01')}&limit=31`,
  `/v1/organization/usage/completions?${from('2025-12-01')}&end_time=${second('2026-01-01')}&limit=31&group_by=model`,
  `/v1/organization/usage/completions?${from('2025-12-25')}&end_time=${second('2026-01-01')}&group_by=project_id`,
  `/v1/organization/usage/completions?${from('2025-12-25')}&end_time=${second('2026-01-01')}&bucket_width=1h&limit=168`,
  `/v1/organization/usage/completions?${from('2025-12-31T10:00:00Z')}&end_time=${second('2026-01-01')}&bucket_width=1m`,
  `/v1/organization/usage/completions?${from('2025-12-25')}&end_time=${second('2026-01-01')}&project_ids=ten_0&group_by=user_id`,
  `/v1/organization/usage/embeddings?${from('2025-12-25')}&end_time=${second('2026-01-01')}`,
  `/v1/organization/costs?${from('2025-07-05')}&end_time=${second('2026-01-01')}&limit=180`,
  `/v1/organization/costs?${from('2025-12-01')}&end_time=${second('2026-01-01')}&limit=31&group_by=line_item`,
];
/** Lists of many pages: the second is asked for, too. */
const PAGED = [
  `${WHOLE}&group_by=tenant,model`,
  `${WHOLE}&group_by=month,tenant`,
  `${WHOLE}&group_by=tenant,day`,
].flatMap((query) => usage(`${query}&limit=100`));
/** Timed to their first bytes. */
const EXPORTS = [
  `${WHOLE}&group_by=tenant,key,model`,
  `${WHOLE}&group_by=month,tenant`,
  `${WHOLE}&group_by=tenant,day`,
].flatMap((query) => ['csv', 'ndjson'].flatMap((format) => usage(`${query}&format=${format}`)));

// The same events for the same number of them. A few tenants use much, most use little.
const GENERATE = (table) => `
INSERT INTO ${table} (tenant_id, occurred_at, id, tenant_name, key_id, key_name, tags, end_user, request_id, attempt,
  operation, requested_model, resolved_model, family, region, model, scope, tier, streamed, outcome, input_tokens, output_tokens,
  cost_pico_usd, unpriced, usage_reported, settled_at)
SELECT 'ten_' || t, at, md5('event ' || $4::text || n)::uuid, 'Tenant ' || t, 'key_' || t || '_' || k, 'key ' || k,
  jsonb_build_object('team', 'team-' || t % 50, 'stage', CASE k WHEN 0 THEN 'test' ELSE 'prod' END), 'user-' || u,
  'req_' || n, 1, 'chat', 'm' || m, 'global.vendor.model-' || m, 'family-' || m % 3, CASE m % 2 WHEN 0 THEN 'us-east-1' ELSE 'eu-west-1' END,
  'vendor.model-' || m, 'global', 'standard', false, CASE WHEN n % 50 = 0 THEN 'error' ELSE 'success' END, 500 + u, 20 + u,
  (500 + u) * 3000000 + (20 + u) * 15000000, false, true, at
FROM (
  SELECT n, floor(${TENANTS} * random() ^ 2)::integer AS t, floor(3 * random())::integer AS k, floor(4 * random())::integer AS m,
    floor(200 * random())::bigint AS u, $1::timestamptz + ((n - random()) / $3::bigint) * ($2::timestamptz - $1::timestamptz) AS at
  FROM generate_series(1, $3::bigint) n OFFSET 0
) e`;

const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`;
const nextMonth = (month) => new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1));
const middle = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
const timed = async (work) => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

/** A server that writes fast: it is thrown away when the machine stops. */
async function startPostgres(folder, stops) {
  const settings = [
    'wal_level=minimal',
    'max_wal_senders=0',
    'fsync=off',
    'full_page_writes=off',
    "max_wal_size='3GB'",
  ];
  const first = await EmbeddedPostgres.start(folder);
  const client = new Client({ connectionString: first.url });
  await client.connect();
  for (const setting of settings) await client.query(`ALTER SYSTEM SET ${setting}`);
  await client.end();
  await first.stop();
  const postgres = await EmbeddedPostgres.start(folder);
  stops.add(() => postgres.stop());
  await applyMigrations(postgres.url);
  return postgres.url;
}

/** Fills the months that are not there yet, each as a partition that is attached when it is full. */
async function generate(client) {
  await client.query(
    "SET work_mem = '128MB'; SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 0",
  );
  for (const month of MONTHS) {
    const table = `usage_events_${month.toISOString().slice(0, 7).replace('-', '_')}`;
    const { rows } = await client.query('SELECT to_regclass($1)::text AS found', [table]);
    if (rows[0].found !== null) continue;
    const took = await timed(async () => {
      await client.query('BEGIN');
      await client.query(`CREATE TABLE ${table} (LIKE usage_events INCLUDING DEFAULTS)`);
      await client.query(`SELECT setseed(${(month.getUTCMonth() + 1) / 100})`);
      await client.query(GENERATE(table), [month, nextMonth(month), Math.round(events / MONTHS.length), table]);
      const [starts, ends] = [month, nextMonth(month)].map((at) => client.escapeLiteral(at.toISOString()));
      await client.query(`ALTER TABLE usage_events ATTACH PARTITION ${table} FOR VALUES FROM (${starts}) TO (${ends})`);
      await client.query('COMMIT');
    });
    console.log(`${table} generated in ${seconds(took)}`);
  }
}

/** The sums of a year from a month on anew, by the command that operators use, and those that gateways make. Answers how long it took. */
async function rebuild(url, year, firstMonth = '1') {
  const words = ['rebuild-rollups', '--from', `${year}-${firstMonth.padStart(2, '0')}-01`, '--to', `${year + 1}-01-01`];
  return timed(async () => {
    await runUsage(words, () => Promise.resolve(url));
    await sumUsers(url);
  });
}

/** Every sum by end user that gateways would make by and by. Answers how many days and months. */
async function sumUsers(url) {
  const prisma = new PrismaService({ databaseUrl: url });
  const repository = new UserSumsRepository(prisma);
  let summed = 0;
  for (let left = [null]; left.length > 0; left = await repository.list()) {
    await repository.begin(ATTEMPTS_MIN, new Date(0));
    for (const unit of await repository.list()) if ((await repository.sum(unit)) === 'summed') summed += 1;
  }
  await prisma.$disconnect();
  return summed;
}

const ofYear = (table, year, firstMonth = '1') =>
  `${table} WHERE ${SUMS[table]} >= '${year}-${firstMonth.padStart(2, '0')}-01Z' AND ${SUMS[table]} < '${year + 1}-01-01Z'`;

/** Keeps the sums of a year from a month on as they are beside the tables. Answers how many. */
async function keepSums(client, year, firstMonth) {
  let kept = 0;
  for (const table of Object.keys(SUMS)) {
    await client.query(`DROP TABLE IF EXISTS kept_${table}`);
    kept += (await client.query(`CREATE TABLE kept_${table} AS SELECT * FROM ${ofYear(table, year, firstMonth)}`))
      .rowCount;
  }
  return kept;
}

/** How many rows of each table are not what was kept. */
async function countDifferences(client, year, firstMonth) {
  const differences = {};
  for (const table of Object.keys(SUMS)) {
    const now = `SELECT * FROM ${ofYear(table, year, firstMonth)}`;
    const { rows } = await client.query(
      `SELECT count(*)::integer AS count FROM (
         (${now} EXCEPT ALL TABLE kept_${table}) UNION ALL (TABLE kept_${table} EXCEPT ALL ${now})) d`,
    );
    differences[table] = rows[0].count;
  }
  return differences;
}

const isSame = (differences) => Object.values(differences).every((count) => count === 0);

/** An event as the meter settles one; each fiftieth is lost, and settled by its own report later. */
function sampleEvent(n) {
  const t = Math.floor(TENANTS * ((n * 0.618) % 1) ** 2);
  const at = new Date(Date.UTC(SAMPLE.year, 4, 3) + ((n * 7_919) % (50 * 86_400)) * 1_000).toISOString();
  const model = `model-${n % 4}`;
  return {
    tenantId: `ten_${t}`,
    tenantName: `Tenant ${t}`,
    keyId: `key_${t}_${n % 3}`,
    keyName: `key ${n % 3}`,
    tags: { team: `team-${t % 50}` },
    endUser: null,
    operation: n % 10 === 0 ? 'embeddings' : 'chat',
    requestedModel: model,
    resolvedModel: `global.vendor.${model}`,
    family: 'vendor',
    region: n % 2 === 0 ? 'us-east-1' : 'eu-west-1',
    streamed: false,
    id: randomUUIDv7(),
    occurredAt: at,
    requestId: `req_sample_${n}`,
    attempt: 1,
    model: `vendor.${model}`,
    scope: 'global',
    tier: 'standard',
    reservationId: null,
    outcome: n % 50 === 0 ? 'lost' : n % 30 === 0 ? 'error' : 'success',
    awsRequestId: `aws-${n}`,
    statusCode: 200,
    errorCode: null,
    inputTokens: n % 1_000,
    outputTokens: n % 77,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: null,
    priceInput: '3000000',
    priceOutput: '15000000',
    priceCacheRead: '300000',
    priceCacheWrite5m: '3750000',
    priceCacheWrite1h: '6000000',
    costPicoUsd: String((n % 1_000) * 3_000_000 + (n % 77) * 15_000_000),
    unpriced: n % 40 === 0,
    usageReported: n % 20 !== 0,
    estimated: false,
    latencyMs: 40,
    firstByteMs: 9,
    settledAt: at,
  };
}

/** Forgets the sample, so that a kept folder is as it was. */
async function deleteSample(client) {
  const range = `>= '${SAMPLE.year}-01-01Z' AND occurred_at < '${SAMPLE.year + 1}-01-01Z'`;
  await client.query('SELECT usage_users_forget(NULL, $1, $2)', [`${SAMPLE.year}-01-01Z`, `${SAMPLE.year + 1}-01-01Z`]);
  await client.query(`DELETE FROM usage_events WHERE occurred_at ${range}`);
  for (const table of Object.keys(SUMS)) await client.query(`DELETE FROM ${ofYear(table, SAMPLE.year)}`);
}

/**
 * Writes a sample through the ledger, folding meanwhile, and rebuilds its sums. Answers whether the ledger's are the same, and whether one
 * sum that is made wrong on purpose in each table is found: if it were not, the comparison would say nothing.
 */
async function checkSample(client, url) {
  await deleteSample(client);
  const store = new LedgerStore(url);
  const took = await timed(async () => {
    for (let first = 0; first < SAMPLE.events; first += SAMPLE.batch) {
      const count = Math.min(SAMPLE.batch, SAMPLE.events - first);
      const batch = Array.from({ length: count }, (_, n) => sampleEvent(first + n));
      await store.write(batch.map(toEventRecord));
      const late = batch.filter(({ outcome }) => outcome === 'lost').map((event) => ({ ...event, outcome: 'success' }));
      if (late.length > 0) await store.write(late.map(toEventRecord));
      if ((first / SAMPLE.batch) % 10 === 0) await store.fold();
    }
    await client.query(FOLD_ALL);
  });
  await store.close();
  await sumUsers(url);
  const kept = await keepSums(client, SAMPLE.year);
  await rebuild(url, SAMPLE.year);
  const differences = await countDifferences(client, SAMPLE.year);
  for (const table of Object.keys(SUMS)) {
    await client.query(`UPDATE ${table} SET cost_pico_usd = cost_pico_usd + 1 WHERE ctid = (
      SELECT ctid FROM ${ofYear(table, SAMPLE.year)} LIMIT 1)`);
  }
  const control = await countDifferences(client, SAMPLE.year);
  await deleteSample(client);
  console.log(
    `${SAMPLE.events} events through the ledger in ${seconds(took)}; of ${kept} sums differ from the rebuilt ones ${JSON.stringify(differences)}; ` +
      `with one wrong in each table ${JSON.stringify(control)}`,
  );
  return kept > 0 && isSame(differences) && Object.values(control).every((count) => count === 2);
}

const statOf = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');

/** Nothing of a process that has just ended: its parent counts it by then. */
function cpuMsOf(child) {
  try {
    return cpuMs(child);
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return 0;
    throw error;
  }
}

/** CPU of a server, in milliseconds: of its processes, and of those that have ended, which Linux counts in ticks of 10 ms. */
function postgresCpuMs(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const running = children.reduce((sum, child) => sum + cpuMsOf(child), 0);
  const ended = statOf(pid);
  return running + (Number(ended[13]) + Number(ended[14])) * 10;
}

/** The built gateway on that database. */
async function startReader(databaseUrl, folder, stops) {
  const port = await findFreePort();
  const env = {
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(folder, 'gateway'),
    ADMIN_API_KEY: 'ak-load-test-of-the-reports',
    API_KEY_PEPPER: 'only-for-this-database-of-a-load-test',
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'http://127.0.0.1:9',
    AWS_ENDPOINT_URL_BEDROCK: 'http://127.0.0.1:9',
  };
  const { pid } = await start(
    [process.execPath, '--enable-source-maps', 'dist/main.js'],
    env,
    /127\.0\.0\.1:\d+|localhost:\d+/,
    stops,
  );
  const postmaster = readFileSync(join(folder, 'postgres/data/postmaster.pid'), 'utf8').split('\n')[0];
  return {
    url: `http://127.0.0.1:${port}`,
    adminKey: env.ADMIN_API_KEY,
    cpuMs: () => cpuMs(pid) + postgresCpuMs(postmaster),
  };
}

/** Milliseconds to the first bytes and to the end of an answer, and its body. */
async function ask(gateway, path) {
  const startedAt = performance.now();
  const response = await fetch(`${gateway.url}${path}`, {
    headers: { authorization: `Bearer ${gateway.adminKey}` },
  });
  const reader = response.body.getReader();
  const { value } = await reader.read();
  const firstMs = performance.now() - startedAt;
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${Buffer.from(value).toString()}`);
  const parts = [value];
  if (path.includes('format=csv') || path.includes('ndjson')) {
    if (!path.includes('/statement')) {
      await reader.cancel();
      return { firstMs, ms: firstMs, body: null };
    }
  }
  for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
  return { firstMs, ms: performance.now() - startedAt, body: Buffer.concat(parts).toString() };
}

async function timeReport(gateway, path) {
  const times = [];
  const cpu = [];
  let last;
  for (let run = 0; run < RUNS; run += 1) {
    const before = gateway.cpuMs();
    last = await ask(gateway, path);
    times.push(last.ms);
    cpu.push(gateway.cpuMs() - before);
  }
  const groups = last.body?.startsWith('{') ? JSON.parse(last.body).data?.length : undefined;
  return {
    report: path,
    groups,
    p50: Math.round(middle(times)),
    most: Math.round(Math.max(...times)),
    cpu: Math.round(middle(cpu)),
  };
}

/** The page behind the first one. */
async function timeSecondPage(gateway, path) {
  const { body } = await ask(gateway, path);
  return timeReport(gateway, `${path}&after=${JSON.parse(body).next_cursor}`);
}

async function timeReports(gateway) {
  const results = [];
  for (const path of [...REPORTS, ...EXPORTS, ...PAGED]) results.push(await timeReport(gateway, path));
  for (const path of PAGED) results.push(await timeSecondPage(gateway, path));
  console.table(results);
  const slow = results.filter(({ p50 }) => p50 > LIMIT_MS);
  console.log(`${results.length - slow.length} of ${results.length} reports within ${LIMIT_MS} ms at p50`);
  return slow.length === 0;
}

async function showSizes(client) {
  const { rows } = await client.query(
    `SELECT relname, pg_size_pretty(sum(pg_total_relation_size(oid))) AS size, sum(reltuples)::bigint AS rows FROM (
       SELECT CASE WHEN relname ~ '^usage_events' THEN 'usage_events' ELSE relname END AS relname, oid, reltuples FROM pg_class
       WHERE relkind = 'r' AND relname ~ '^usage_(events_|hourly|daily|monthly|yearly|overall|by_|series)') t GROUP BY 1 ORDER BY 1`,
  );
  console.table(rows);
}

const stops = new Stops();
try {
  const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'reports-at-size-'));
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  if (process.argv[3] === undefined) stops.add(() => rmSync(folder, { recursive: true, force: true }));
  const url = await startPostgres(folder, stops);
  const client = new Client({ connectionString: url });
  await client.connect();
  stops.add(() => client.end());

  console.log(`${events} events generated in ${seconds(await timed(() => generate(client)))}`);
  const { rows } = await client.query('SELECT count(*)::integer AS years FROM usage_yearly');
  if (rows[0].years === 0) {
    console.log(`Sums built in ${seconds(await rebuild(url, YEAR))}`);
    await client.query('VACUUM ANALYZE');
  }
  await client.query(
    `INSERT INTO tenants (id, name) SELECT 'ten_' || n, 'Tenant ' || n FROM generate_series(0, $1) n ON CONFLICT DO NOTHING`,
    [TENANTS - 1],
  );
  await showSizes(client);
  let summed = 0;
  const summing = await timed(async () => (summed = await sumUsers(url)));
  console.log(`${summed} days and months summed by end user in ${seconds(summing)}`);

  const gateway = await startReader(url, folder, stops);
  const areFast = await timeReports(gateway);

  const isSampleSame = await checkSample(client, url);
  await keepSums(client, YEAR, firstRebuilt);
  const took = await rebuild(url, YEAR, firstRebuilt);
  const differences = await countDifferences(client, YEAR, firstRebuilt);
  console.log(
    `Rebuilt from month ${firstRebuilt} on in ${seconds(took)}; rows that differ: ${JSON.stringify(differences)}`,
  );
  for (const table of Object.keys(SUMS)) await client.query(`DROP TABLE kept_${table}`);
  process.exitCode = areFast && isSampleSame && isSame(differences) ? 0 : 1;
} finally {
  await stops.run();
}
