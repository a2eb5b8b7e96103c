import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import { toEventRecord } from '../../src/billing/metering/ledger-record.js';
import { Retention } from '../../src/billing/retention/retention.js';
import { RetentionRepository } from '../../src/billing/retention/retention.repository.js';
import type { AppConfig } from '../../src/config/app-config.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { testConfig } from '../support/config.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { usageEvent } from '../support/usage-samples.js';

Logger.overrideLogger(false);
const DAY_MS = 86_400_000;

let database: TestDatabase;
let sql: Client;
let store: LedgerStore;
let prisma: PrismaService;

beforeEach(async () => {
  database = await createTestDatabase();
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  store = new LedgerStore(database.url);
  prisma = new PrismaService(testConfig(database.url));
});
afterEach(async () => {
  await prisma.$disconnect();
  await store.close();
  await sql.end();
  await database.close();
});

const retention = (config: Partial<AppConfig> = {}) =>
  new Retention(new RetentionRepository(prisma), config as AppConfig);

const rows = async (query: string) => (await sql.query(query)).rows;
const partitions = async () =>
  (
    await rows(
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'usage_events'::regclass ORDER BY 1",
    )
  ).map(({ name }) => name);
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
const settle = (...events: object[]) => store.write(events.map((fields) => toEventRecord(usageEvent(fields))));
const rollups = async () => {
  await store.fold();
  return rows('SELECT * FROM usage_hourly ORDER BY 1, 2, 3');
};
const allRollups = async () => ({
  hourly: await rollups(),
  daily: await rows('SELECT * FROM usage_daily ORDER BY 1, 2, 3'),
  monthly: await rows('SELECT * FROM usage_monthly ORDER BY 1, 2, 3'),
  yearly: await rows('SELECT * FROM usage_yearly ORDER BY 1, 2, 3'),
  byTenant: await rows('SELECT * FROM usage_by_tenant ORDER BY 1, 2, 3, 4'),
  byKey: await rows('SELECT * FROM usage_by_key ORDER BY 1, 2, 3, 4'),
  byModel: await rows('SELECT * FROM usage_by_model ORDER BY 1, 2, 3, 4'),
  overall: await rows(
    `SELECT unit, starts_at, resolved_model, outcome, sum(o.attempts) AS attempts, sum(o.cost_pico_usd) AS cost
     FROM usage_overall o JOIN usage_series s ON s.tenant_id = '' AND s.id = o.series_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
  ),
});
const monthName = (at: Date) => `usage_events_${at.toISOString().slice(0, 7).replace('-', '_')}`;

it('makes partitions ahead, and moves into a new one what had none', async () => {
  const now = new Date();
  const months = [0, 1, 2].map((n) => monthName(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + n))));
  for (const name of months.slice(0, 2)) await sql.query(`DROP TABLE IF EXISTS ${name}`);
  await settle({ occurredAt: daysAgo(0) }, { occurredAt: '2020-02-29T23:59:59.999Z' });
  expect(await rows('SELECT count(*)::integer AS count FROM usage_events_default')).toEqual([{ count: 2 }]);
  const before = await rollups();
  await retention().round();
  await retention().round();
  expect(await partitions()).toEqual(expect.arrayContaining(months));
  expect(await rows(`SELECT count(*)::integer AS count FROM ${months[0]}`)).toEqual([{ count: 1 }]);
  expect(await rows('SELECT occurred_at FROM usage_events_default')).toEqual([
    { occurred_at: new Date('2020-02-29T23:59:59.999Z') },
  ]);
  expect(await rows('SELECT count(*)::integer AS count FROM usage_events')).toEqual([{ count: 2 }]);
  expect(await rollups()).toEqual(before);
});

it.each([
  ['a new installation is set up', 7_214_600_303],
  ['sums are folded', 7_214_600_304],
  ['events are rated anew', 7_214_600_305],
])('takes its turn also while %s', async (_, lock) => {
  const month = monthName(new Date());
  await sql.query(`DROP TABLE IF EXISTS ${month}`);
  await sql.query('SELECT pg_advisory_lock($1)', [lock]);
  await retention().round();
  expect(await partitions()).toContain(month);
});

it('drops whole months, and keeps their sums', async () => {
  await sql.query("SELECT usage_events_add_month(now() - interval '400 days')");
  await settle({ occurredAt: daysAgo(400) }, { occurredAt: daysAgo(2_000) }, { occurredAt: daysAgo(0) });
  const before = await rollups();
  await retention({ usageRetentionMonths: 12 }).round();
  expect(await rows('SELECT count(*)::integer AS count FROM usage_events')).toEqual([{ count: 1 }]);
  expect(await partitions()).not.toContain(monthName(new Date(daysAgo(400))));
  expect(before).toHaveLength(3);
  expect(await rollups()).toEqual(before);
});

it('deletes the events of a tenant that keeps them for some days only', async () => {
  await sql.query(
    `INSERT INTO tenants (id, name, policy) VALUES ('ten_short', 'Short', '{"retention_days": 7}'), ('ten_long', 'Long', '{}')`,
  );
  await settle(
    ...['ten_short', 'ten_long'].flatMap((tenantId) =>
      [1, 6, 9, 40].map((days) => ({ tenantId, id: randomUUID(), occurredAt: daysAgo(days) })),
    ),
  );
  const before = await rollups();
  await Promise.all([retention().round(), retention().round()]);
  await retention().round();
  expect(await rows('SELECT tenant_id, count(*)::integer AS count FROM usage_events GROUP BY 1 ORDER BY 1')).toEqual([
    { tenant_id: 'ten_long', count: 4 },
    { tenant_id: 'ten_short', count: 2 },
  ]);
  expect(await rollups()).toEqual(before);
});

it('rebuilds the same rollups from the events, and leaves alone those whose events are gone', async () => {
  await sql.query(`INSERT INTO tenants (id, name, policy) VALUES ('ten_short', 'Short', '{"retention_days": 7}')`);
  await settle(
    ...['ten_short', 'ten_long'].flatMap((tenantId) =>
      [0, 1, 40].map((days) => ({ tenantId, id: randomUUID(), occurredAt: daysAgo(days), tags: { team: `${days}` } })),
    ),
  );
  await retention().round();
  const before = await allRollups();
  await sql.query("UPDATE usage_hourly SET attempts = 7 WHERE hour > now() - interval '3 days'");
  await sql.query("DELETE FROM usage_daily WHERE tenant_id = 'ten_long'");
  await sql.query("UPDATE usage_monthly SET requests = 0 WHERE tenant_id = 'ten_long'");
  await sql.query("UPDATE usage_by_tenant SET requests = 0 WHERE unit <> 'hour'");
  await sql.query("DELETE FROM usage_by_key WHERE tenant_id = 'ten_long'");
  await sql.query("DELETE FROM usage_by_model WHERE unit = 'ten_days'");
  for (const days of [0, 1, 40]) await sql.query('SELECT usage_rebuild_day(NULL, $1)', [daysAgo(days)]);
  await sql.query('UPDATE usage_yearly SET requests = 0');
  await sql.query('DELETE FROM usage_overall');
  for (const days of [0, 1, 40]) await sql.query('SELECT usage_rebuild_overall_day($1)', [daysAgo(days)]);
  for (const days of [0, 1, 40]) await sql.query('SELECT usage_rebuild_month(NULL, $1)', [daysAgo(days)]);
  for (const days of [0, 40]) await sql.query('SELECT usage_rebuild_year(NULL, $1)', [daysAgo(days)]);
  expect(await allRollups()).toEqual(before);
});
