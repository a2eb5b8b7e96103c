// How long reports take over many events, and whether rebuilt rollups are the same. Makes a PostgreSQL of its own and
// removes it; 50 million events need about 60 GB of disk.
// npm run build && node test/load/reports-at-size.mjs [events = 50000000] [folder]
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { UsageReportRepository } from '../../dist/billing/reports/usage-report.repository.js';
import { reportQuerySchema } from '../../dist/billing/reports/report-query.js';
import { UsageReportService } from '../../dist/billing/reports/usage-report.service.js';
import { EmbeddedPostgres } from '../../dist/database/embedded/embedded-postgres.js';
import { applyMigrations } from '../../dist/database/migrations.js';
import { PrismaService } from '../../dist/database/prisma.service.js';

const events = Number(process.argv[2] ?? 50_000_000);
const TENANTS = 1_000;
const MONTHS = Array.from({ length: 12 }, (_, month) => new Date(Date.UTC(2025, month)));
const RUNS = 7;

const YEAR = 'from=2025-01-01&to=2026-01-01';
const RECENT = 'from=2025-12-01T10:20:00Z&to=2025-12-31T10:20:00Z';
const BIG = 'tenant_id=ten_0';
const MIDDLE = 'tenant_id=ten_500';
const REPORTS = [
  `${YEAR}&group_by=tenant`,
  `${YEAR}&group_by=tenant,model`,
  `${YEAR}&group_by=model`,
  `${YEAR}&group_by=family,region`,
  `${YEAR}&group_by=operation,outcome`,
  `${YEAR}&group_by=month`,
  `${YEAR}&group_by=month,model`,
  `${YEAR}&group_by=month,tenant`,
  `${YEAR}&group_by=tenant,month`,
  `${YEAR}&group_by=key`,
  `${YEAR}&group_by=tag:team`,
  `${YEAR}&group_by=tag:team,month`,
  `${YEAR}&group_by=model&tag=team%3Dteam-7`,
  `${YEAR}&group_by=day`,
  `${YEAR}&group_by=month&time_zone=Europe/Berlin`,
  `${YEAR}&group_by=tenant,day`,
  `${RECENT}&group_by=tenant,model`,
  `${RECENT}&group_by=day`,
  `${RECENT}&group_by=day,model`,
  `${RECENT}&group_by=tenant,day`,
  `${RECENT}&group_by=day&time_zone=Europe/Berlin`,
  `${RECENT}&group_by=hour`,
  'from=2025-12-24&to=2025-12-31&group_by=hour,model',
  'from=2025-12-30T10:20:00Z&to=2025-12-31T10:20:00Z&group_by=minute',
  ...[BIG, MIDDLE].flatMap((tenant) => [
    `${YEAR}&${tenant}&group_by=key,model`,
    `${YEAR}&${tenant}&group_by=day&time_zone=America/New_York`,
    `${YEAR}&${tenant}&group_by=day,model`,
    `${RECENT}&${tenant}&group_by=hour`,
    `${RECENT}&${tenant}&group_by=end_user`,
    `${RECENT}&${tenant}&group_by=end_user,model`,
    `${RECENT}&${tenant}&end_user=user-7&group_by=day`,
    `${YEAR}&${tenant}&group_by=end_user`,
  ]),
];

// A few tenants use much, most use little.
const GENERATE = `
INSERT INTO usage_events (tenant_id, occurred_at, id, tenant_name, key_id, key_name, tags, end_user, request_id, attempt,
  operation, requested_model, resolved_model, family, region, model, scope, tier, streamed, outcome, input_tokens, output_tokens,
  cost_pico_usd, unpriced, usage_reported, settled_at)
SELECT 'ten_' || t, at, gen_random_uuid(), 'Tenant ' || t, 'key_' || t || '_' || k, 'key ' || k,
  jsonb_build_object('team', 'team-' || t % 50, 'stage', CASE k WHEN 0 THEN 'test' ELSE 'prod' END), 'user-' || u,
  'req_' || n, 1, 'chat', 'm' || m, 'global.vendor.model-' || m, 'family-' || m % 3, CASE m % 2 WHEN 0 THEN 'us-east-1' ELSE 'eu-west-1' END,
  'vendor.model-' || m, 'global', 'standard', false, CASE WHEN n % 50 = 0 THEN 'error' ELSE 'success' END, 900, 120,
  4500000, false, true, at
FROM (
  SELECT n, floor(${TENANTS} * random() ^ 2)::integer AS t, floor(3 * random())::integer AS k, floor(4 * random())::integer AS m,
    floor(200 * random())::integer AS u, $1::timestamptz + random() * ($2::timestamptz - $1::timestamptz) AS at
  FROM generate_series(1, $3::bigint) n OFFSET 0
) e`;

const folder = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'reports-at-size-'));
chmodSync(folder, 0o755);
const postgres = await EmbeddedPostgres.start(folder);
const client = new Client({ connectionString: postgres.url });
await client.connect();

const timed = async (work) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
const seconds = (ms) => `${(ms / 1_000).toFixed(1)} s`;
const after = (month) => new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1));
const days = (month) => Math.round((after(month) - month) / 86_400_000);

async function rebuild() {
  let longest = 0;
  const total = await timed(async () => {
    for (const month of MONTHS) {
      for (let day = 0; day < days(month); day += 1) {
        const at = new Date(month.getTime() + day * 86_400_000);
        longest = Math.max(longest, await timed(() => client.query('SELECT usage_rebuild_day(NULL, $1)', [at])));
      }
      for (let day = 0; day < days(month); day += 1) {
        await client.query('SELECT usage_rebuild_overall_day($1)', [new Date(month.getTime() + day * 86_400_000)]);
      }
      await client.query('SELECT usage_rebuild_month(NULL, $1)', [month]);
    }
    await client.query('SELECT usage_rebuild_year(NULL, $1)', [MONTHS[0]]);
  });
  return { total, longest };
}

/** One number for everything that the rollups hold. */
async function fingerprint() {
  const sums = [];
  for (const table of ['usage_hourly', 'usage_daily', 'usage_monthly', 'usage_yearly', 'usage_overall']) {
    const { rows } = await client.query(
      `SELECT count(*) AS rows, sum(hashtextextended(r::text, 0)::numeric) AS hash FROM ${table} r`,
    );
    sums.push(rows[0]);
  }
  return JSON.stringify(sums);
}

try {
  await applyMigrations(postgres.url);
  await client.query("SET synchronous_commit = off; SET work_mem = '128MB'; SET maintenance_work_mem = '256MB'");
  await client.query('ALTER TABLE usage_events DISABLE TRIGGER USER');
  const generated = await timed(async () => {
    for (const month of MONTHS) {
      await client.query('SELECT usage_events_add_month($1)', [month]);
      await client.query(GENERATE, [month, after(month), Math.round(events / MONTHS.length)]);
      console.log(`${month.toISOString().slice(0, 7)} generated`);
    }
  });
  await client.query('ALTER TABLE usage_events ENABLE TRIGGER USER');
  const first = await rebuild();
  await client.query('VACUUM ANALYZE');
  console.log(`${events} events generated in ${seconds(generated)}, rollups built in ${seconds(first.total)}`);
  const { rows: sizes } = await client.query(
    `SELECT relname, pg_size_pretty(sum(pg_total_relation_size(oid))) AS size, sum(reltuples)::bigint AS rows FROM (
       SELECT CASE WHEN relname ~ '^usage_events' THEN 'usage_events' ELSE relname END AS relname, oid, reltuples FROM pg_class
       WHERE relkind = 'r' AND relname ~ '^usage_(events_|hourly|daily|monthly|yearly|series)') t GROUP BY 1 ORDER BY 1`,
  );
  console.table(sizes);

  const prisma = new PrismaService({ databaseUrl: postgres.url, databasePoolSize: 4 });
  const reports = new UsageReportService(new UsageReportRepository(prisma));
  const results = [];
  for (const query of REPORTS) {
    const fields = {};
    for (const [name, value] of new URLSearchParams(query)) fields[name] = value;
    const { selection, page } = reportQuerySchema.parse(fields);
    const times = [];
    let groups = 0;
    for (let run = 0; run < RUNS; run += 1) {
      times.push(
        await timed(async () => {
          const answer = await reports.page(null, selection, page);
          groups = answer.groups.length;
        }),
      );
    }
    times.sort((a, b) => a - b);
    results.push({ query, groups, p50: Math.round(times[Math.floor(RUNS / 2)]), most: Math.round(times.at(-1)) });
  }
  console.table(results);
  const slow = results.filter(({ p50 }) => p50 > 300);
  console.log(`${results.length - slow.length} of ${results.length} reports within 300 ms at p50`);
  await prisma.$disconnect();

  const before = await fingerprint();
  const second = await rebuild();
  const same = before === (await fingerprint());
  console.log(
    `Rebuilt in ${seconds(second.total)}, the longest day ${seconds(second.longest)}: ${same ? 'identical' : 'DIFFERENT'}`,
  );
} finally {
  await client.end();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
