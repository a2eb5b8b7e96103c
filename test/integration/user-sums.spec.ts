import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Logger } from '@nestjs/common';
import { Client, Pool } from 'pg';
import { toEventRecord } from '../../src/billing/metering/ledger-record.js';
import { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import type { ReportSelection } from '../../src/billing/reports/usage-report.js';
import { UsageReportRepository } from '../../src/billing/reports/usage-report.repository.js';
import { UsageReportService } from '../../src/billing/reports/usage-report.service.js';
import { Retention } from '../../src/billing/retention/retention.js';
import { RetentionRepository } from '../../src/billing/retention/retention.repository.js';
import { runUsage } from '../../src/billing/rollups/run-usage.js';
import { UserSums } from '../../src/billing/rollups/user-sums.js';
import { UserSumsRepository } from '../../src/billing/rollups/user-sums.repository.js';
import type { AppConfig } from '../../src/config/app-config.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { testConfig } from '../support/config.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { FOLD_ALL } from '../support/fold.js';
import { SUMS_THAT_DIFFER } from '../support/ledger-proof.js';
import { usageEvent } from '../support/usage-samples.js';

Logger.overrideLogger(false);
const DAY_MS = 86_400_000;
/** Three days in April and one in May; the second has few events. */
const DAYS = ['2026-04-29', '2026-04-30', '2026-05-01', '2026-04-02'];
const MANY = 520;
const EVER = new Date(0);

let database: TestDatabase;
let sql: Pool;
let store: LedgerStore;
let prisma: PrismaService;
let sums: UserSums;

beforeEach(async () => {
  database = await createTestDatabase();
  sql = new Pool({ connectionString: database.url });
  // Closing the database ends connections that are about to end.
  sql.on('error', () => undefined);
  store = new LedgerStore(database.url);
  prisma = new PrismaService(testConfig(database.url));
  sums = new UserSums(new UserSumsRepository(prisma));
});
afterEach(async () => {
  await prisma.$disconnect();
  await store.close();
  await sql.end();
  await database.close();
});

const event = (day: string, n: number, fields: object = {}) =>
  usageEvent({
    id: randomUUID(),
    tenantId: `ten_${n % 2}`,
    occurredAt: new Date(Date.parse(day) + ((n * 7_919_000) % DAY_MS)).toISOString(),
    endUser: n % 5 === 0 ? null : `user-${n % 5}`,
    requestedModel: n % 3 === 0 ? 'gpt-4o' : 'sonnet',
    operation: n % 4 === 0 ? 'embeddings' : 'chat',
    outcome: (['error', 'truncated', 'lost', 'client_gone'] as const)[n % 11] ?? 'success',
    attempt: n % 13 === 0 ? 2 : 1,
    usageReported: n % 7 !== 0,
    estimated: n % 9 === 0,
    costPicoUsd: n % 17 === 0 ? null : String(n),
    unpriced: n % 17 === 0,
    inputTokens: n,
    ...fields,
  });

async function settle(events: ReturnType<typeof event>[]): Promise<void> {
  await store.write(events.map(toEventRecord));
  await sql.query(FOLD_ALL);
}

const fill = () =>
  settle(DAYS.flatMap((day, at) => Array.from({ length: at === 1 ? 40 : 2 * MANY }, (_, n) => event(day, n))));

const query = async (text: string, values: unknown[] = []) => (await sql.query(text, values)).rows;
const units = () => query('SELECT tenant_id, unit, starts_at, is_summed FROM usage_user_units ORDER BY 1, 2, 3');
const summed = async () =>
  (await units())
    .filter(({ is_summed: isSummed }) => isSummed)
    .map(({ tenant_id: tenant, unit, starts_at: at }) => `${tenant} ${unit} ${at.toISOString().slice(0, 10)}`);
const SUMMED = ['ten_0', 'ten_1'].flatMap((tenant) => [
  `${tenant} day 2026-04-02`,
  `${tenant} day 2026-04-29`,
  `${tenant} day 2026-05-01`,
  `${tenant} month 2026-04-01`,
  `${tenant} month 2026-05-01`,
]);

/** Rounds until everything is summed: transactions of other databases of the same server are waited for, too. */
async function sumAll(): Promise<number> {
  let count = await sums.round(EVER);
  while ((await query('SELECT FROM usage_user_units WHERE NOT is_summed')).length > 0) count += await sums.round(EVER);
  return count;
}

/** Names what is to be summed, and waits until nobody is left who could not see it. */
async function begin(): Promise<void> {
  await new UserSumsRepository(prisma).begin(MANY, EVER);
  const early =
    'SELECT FROM usage_user_units WHERE writers_before > pg_snapshot_xmin(pg_current_snapshot())::text::bigint';
  while ((await query(early)).length > 0);
}

const SELECTIONS: Partial<ReportSelection>[] = [
  { groupBy: ['end_user'] },
  { groupBy: ['requested_model', 'month'] },
  { groupBy: ['tenant', 'end_user', 'model'], filters: { tenant: ['ten_0', 'ten_1', 'ten_none'] } },
  { groupBy: ['day'], filters: { tenant: ['ten_1'], end_user: ['user-1', 'user-2'] } },
  { groupBy: ['end_user'], from: new Date('2026-04-01'), to: new Date('2026-06-01') },
  { groupBy: ['end_user', 'operation'], from: new Date('2026-04-29'), to: new Date('2026-05-01T13:20:00Z') },
  { groupBy: ['day', 'end_user'], timeZone: 'Asia/Kolkata' },
  { groupBy: ['hour', 'end_user'], from: new Date('2026-04-29'), to: new Date('2026-05-02') },
  // What these sums do not tell apart.
  { groupBy: ['end_user', 'key', 'outcome'] },
];

async function readReport(selection: Partial<ReportSelection>) {
  const service = new UsageReportService(new UsageReportRepository(prisma, testConfig(database.url)));
  const whole = {
    from: new Date('2026-04-02T00:30:00Z'),
    to: new Date('2026-05-03'),
    timeZone: 'UTC',
    groupBy: [],
    filters: { tenant: ['ten_0'] },
    ...selection,
  };
  return service.page(null, whole, { cursor: null, limit: 1_000 });
}

/** All groups and the totals of every selection. */
async function readReports(): Promise<unknown[]> {
  const reports = [];
  for (const selection of SELECTIONS) {
    const { groups, totals } = await readReport(selection);
    expect(groups.length).toBeGreaterThan(0);
    reports.push({ groups, totals });
  }
  return reports;
}

it('sums the days and months that are worth it, and reports stay what they were', async () => {
  await fill();
  const before = await readReports();
  expect(await sumAll()).toBe(SUMMED.length);
  expect(await summed()).toEqual(SUMMED);
  expect(await query(SUMS_THAT_DIFFER)).toEqual([]);
  expect(await readReports()).toEqual(before);
  expect(await sums.round(EVER)).toBe(0);
});

it('reads the sums: one that is wrong is seen', async () => {
  await fill();
  await sumAll();
  const before = await readReports();
  await sql.query("UPDATE usage_by_user SET input_tokens = input_tokens + 1 WHERE unit = 'day'");
  const after = await readReports();
  expect(SELECTIONS.map((_, n) => isDeepStrictEqual(after[n], before[n]))).toEqual([
    false,
    false,
    false,
    false,
    true,
    false,
    true,
    true,
    true,
  ]);
});

it('counts a tenant once that is named twice, over any range', async () => {
  await fill();
  const groupBy: ReportSelection['groupBy'] = ['end_user'];
  const once = await readReport({ groupBy, filters: { tenant: ['ten_1'] } });
  await sumAll();
  expect(await readReport({ groupBy, filters: { tenant: ['ten_1', 'ten_1'] } })).toEqual(once);
  const ever = { from: new Date('0001-01-01'), to: new Date('9999-12-31'), filters: { tenant: ['ten_1'] } };
  const { groups } = await readReport({ groupBy, ...ever });
  expect(groups.map(({ key }) => key)).toEqual(once.groups.map(({ key }) => key));
});

it('sums what comes behind a day that cannot be summed', async () => {
  await fill();
  await sql.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''broken''; END';
    CREATE TRIGGER broken BEFORE INSERT ON usage_by_user FOR EACH ROW
    WHEN (NEW.tenant_id = 'ten_0' AND NEW.unit = 'day' AND NEW.starts_at = '2026-04-02Z') EXECUTE FUNCTION fail()`);
  await begin();
  await sums.round(EVER);
  expect(await summed()).toEqual(SUMMED.filter((unit) => unit !== 'ten_0 day 2026-04-02'));
});

it('ends what is being summed when the gateway ends', async () => {
  await fill();
  await begin();
  await sql.query(`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END';
    CREATE TRIGGER waiting BEFORE INSERT ON usage_by_user FOR EACH STATEMENT EXECUTE FUNCTION wait()`);
  const round = sums.round(EVER);
  await isActive('usage_users_sum');
  await sums.onApplicationShutdown();
  expect(await round).toBe(0);
  expect(await summed()).toEqual([]);
});

it('takes away sums of a day and its month to which an event comes late, and sums them anew', async () => {
  await fill();
  await sumAll();
  const late = event('2026-04-29', 1, { outcome: 'lost' });
  await settle([late]);
  const left = SUMMED.filter((unit) => unit !== 'ten_1 day 2026-04-29' && unit !== 'ten_1 month 2026-04-01');
  expect(await summed()).toEqual(left);
  expect(await query(SUMS_THAT_DIFFER)).toEqual([]);
  const whileTaken = await readReports();
  await sumAll();
  expect(await summed()).toEqual(SUMMED);
  expect(await readReports()).toEqual(whileTaken);
  // Its own report replaces a lost attempt: an update.
  await settle([{ ...late, outcome: 'success', inputTokens: 1_000_000 }]);
  expect(await summed()).toEqual(left);
  await sumAll();
  expect(await query(SUMS_THAT_DIFFER)).toEqual([]);
});

const write = (db: Client | Pool, n: number) =>
  db.query(
    `INSERT INTO usage_events SELECT (jsonb_populate_record(e, jsonb_build_object('id', $1::text))).* FROM usage_events e
     WHERE tenant_id = 'ten_1' AND occurred_at >= '2026-04-29Z' ORDER BY occurred_at LIMIT $2`,
    [randomUUID(), n],
  );

/** Until a statement like this runs. */
async function isActive(text: string): Promise<void> {
  const running =
    "SELECT FROM pg_stat_activity WHERE state = 'active' AND strpos(query, $1) > 0 AND pid <> pg_backend_pid()";
  while ((await query(running, [text])).length === 0);
}

/** Until a statement that begins like this waits for another transaction. */
async function isWaiting(text: string): Promise<void> {
  for (;;) {
    const found = await query(
      "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND strpos(query, $1) > 0 AND datname = current_database()",
      [text],
    );
    if (found.length > 0) return;
  }
}

const retention = (config: Partial<AppConfig>) => new Retention(new RetentionRepository(prisma), config as AppConfig);

describe('beside a writer that has not committed', () => {
  let writer: Client;
  beforeEach(async () => {
    await fill();
    writer = new Client({ connectionString: database.url });
    await writer.connect();
    await writer.query('BEGIN');
  });
  afterEach(() => writer.end());

  it('waits for one that could not see that a day is to be summed', async () => {
    await write(writer, 1);
    expect(await sums.round(EVER)).toBe(0);
    await writer.query('COMMIT');
    expect(await sumAll()).toBe(SUMMED.length);
    expect(await query(SUMS_THAT_DIFFER)).toEqual([]);
  });

  it('gives up what it has summed when one has come too late meanwhile', async () => {
    await begin();
    await write(writer, 1);
    const summing = sql.query(`SELECT usage_users_sum('ten_1', 'day', '2026-04-29Z') AS summed`);
    await isWaiting('usage_users_sum');
    await writer.query('COMMIT');
    expect((await summing).rows).toEqual([{ summed: false }]);
    expect(await query('SELECT FROM usage_by_user')).toEqual([]);
  });

  it('is taken away by one that comes while it is summed', async () => {
    await begin();
    await writer.query(`SELECT usage_users_sum('ten_1', 'day', '2026-04-29Z')`);
    const writing = write(sql, 1);
    await isWaiting('INSERT INTO usage_events');
    await writer.query('COMMIT');
    await writing;
    expect(await summed()).toEqual([]);
    expect(await query(SUMS_THAT_DIFFER)).toEqual([]);
    await sumAll();
    expect(await query(SUMS_THAT_DIFFER)).toEqual([]);
  });
});

it('is what the events say at every moment, while many write late and others sum', async () => {
  await fill();
  const writing = { isDone: false };
  const summing = async () => {
    let count = 0;
    while (!writing.isDone || count === 0) count += await sums.round(EVER);
    return count;
  };
  const looking = async () => {
    const differences = [];
    while (!writing.isDone) differences.push(...(await query(SUMS_THAT_DIFFER)));
    return differences;
  };
  const done = Promise.all([summing(), looking()]);
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      for (let batch = 0; batch < 15; batch += 1) {
        const events = DAYS.map((day, n) => event(day, batch + n)).toReversed();
        await store.write(events.map(toEventRecord));
      }
    }),
  );
  writing.isDone = true;
  const [count, differences] = await done;
  expect(count).toBeGreaterThan(0);
  expect(differences).toEqual([]);
  await sql.query(FOLD_ALL);
  await sumAll();
  expect(await summed()).toEqual(SUMMED);
  expect(await query(SUMS_THAT_DIFFER)).toEqual([]);
});

it('goes with the events that are no longer kept', async () => {
  await sql.query(`INSERT INTO tenants (id, name, policy) VALUES ('ten_0', 'Short', '{"retention_days": 7}')`);
  const recent = new Date(Date.now() - 2 * DAY_MS).toISOString().slice(0, 10);
  await settle([...DAYS, recent].flatMap((day) => Array.from({ length: 2 * MANY }, (_, n) => event(day, n))));
  await sumAll();
  const before = (await summed()).filter((unit) => !unit.endsWith(`month ${recent.slice(0, 7)}-01`));
  expect(before).toHaveLength(14);
  await retention({}).round();
  expect(await summed()).toEqual(
    expect.arrayContaining([`ten_0 day ${recent}`, ...before.filter((unit) => unit.startsWith('ten_1'))]),
  );
  expect(
    await query("SELECT FROM usage_by_user WHERE tenant_id = 'ten_0' AND starts_at < now() - interval '8 days'"),
  ).toEqual([]);
  // What is left of a month whose events are not all there is never summed.
  await sumAll();
  expect((await summed()).filter((unit) => unit.startsWith('ten_0 day'))).toEqual([`ten_0 day ${recent}`]);
  expect((await summed()).filter((unit) => unit.startsWith('ten_0 month 2026-0'))).toEqual([]);
  await retention({ usageRetentionMonths: 1 }).round();
  expect((await summed()).filter((unit) => unit.includes('2026-0'))).toEqual([]);
  expect(await query("SELECT FROM usage_by_user WHERE starts_at < '2026-09-01Z'")).toEqual([]);
});

it('sums nothing of which events are gone, also where it was named before', async () => {
  await fill();
  await begin();
  await sql.query("INSERT INTO usage_horizons VALUES ('ten_0', '2026-04-15Z')");
  await sums.round(EVER);
  expect(await summed()).toEqual(
    SUMMED.filter((unit) => unit !== 'ten_0 day 2026-04-02' && unit !== 'ten_0 month 2026-04-01'),
  );
  expect(await query("SELECT FROM usage_user_units WHERE tenant_id = 'ten_0' AND starts_at < '2026-04-15Z'")).toEqual(
    [],
  );
});

it('waits for no transaction of the server that the database was copied from', async () => {
  await fill();
  await begin();
  await sql.query('UPDATE usage_user_units SET writers_before = 1000000000000');
  expect(await sumAll()).toBe(SUMMED.length);
});

it('is summed again after a rebuild', async () => {
  await fill();
  await sumAll();
  await sql.query('UPDATE usage_by_user SET attempts = 7');
  await runUsage(['rebuild-rollups', '--from', '2026-04-29', '--to', '2026-05-02'], () =>
    Promise.resolve(database.url),
  );
  expect(await summed()).toEqual(SUMMED.filter((unit) => unit.endsWith('day 2026-04-02')));
});
