import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { toEventRecord } from '../../src/billing/metering/ledger-record.js';
import { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import { runUsage } from '../../src/billing/rollups/run-usage.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { FOLD_ALL } from '../support/fold.js';
import { SUMS_THAT_DIFFER } from '../support/ledger-proof.js';
import { usageEvent } from '../support/usage-samples.js';

const DAY_MS = 86_400_000;
const now = new Date();
const monthStart = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()));
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const RANGE = ['--from', dayOf(monthStart.getTime() - 3 * DAY_MS), '--to', dayOf(monthStart.getTime() + 3 * DAY_MS)];

let database: TestDatabase;
let sql: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = new Pool({ connectionString: database.url });
});
afterAll(async () => {
  await sql.end();
  await database.close();
});

const rebuild = (words: string[] = ['rebuild-rollups', ...RANGE]) =>
  runUsage(words, () => Promise.resolve(database.url));

/** Of this month and the one before, of two tenants, with ever new series. */
const event = (n: number) =>
  usageEvent({
    id: randomUUID(),
    tenantId: `ten_${n % 2}`,
    keyId: `key_${n % 7}`,
    occurredAt: new Date(monthStart.getTime() + ((n % 5) - 2) * DAY_MS + n).toISOString(),
    costPicoUsd: String(n),
  });

it('sets right what was wrong, while events of the same days are written', async () => {
  const stores = Array.from({ length: 3 }, () => new LedgerStore(database.url));
  await stores[0]?.write(Array.from({ length: 300 }, (_, n) => toEventRecord(event(n))));
  await stores[0]?.fold();
  await sql.query('UPDATE usage_hourly SET attempts = attempts + 1');
  await sql.query('DELETE FROM usage_daily WHERE tenant_id = $1', ['ten_0']);
  await sql.query('UPDATE usage_yearly SET attempts = 7');
  await sql.query('DELETE FROM usage_overall');
  await sql.query("UPDATE usage_by_tenant SET attempts = attempts + 1 WHERE tenant_id = 'ten_0'");
  await sql.query("DELETE FROM usage_by_key WHERE unit <> 'month'");
  await sql.query("UPDATE usage_by_model SET attempts = attempts + 1 WHERE unit = 'ten_days'");
  expect((await sql.query(SUMS_THAT_DIFFER)).rows).not.toEqual([]);
  const rebuilding = { isDone: false };
  let written = 300;
  const traffic = stores.map(async (store) => {
    while (!rebuilding.isDone) await store.write(Array.from({ length: 20 }, () => toEventRecord(event(written++))));
  });
  await rebuild();
  await rebuild();
  rebuilding.isDone = true;
  await Promise.all(traffic);
  expect(written).toBeGreaterThan(300);
  expect((await sql.query(SUMS_THAT_DIFFER)).rows).toEqual([]);
  await Promise.all(stores.map((store) => store.close()));
});

it.each([
  ['six_hours', '2026-01-31T23:59:59Z', '2026-01-31T18:00:00Z'],
  ['ten_days', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  ['ten_days', '2026-01-10T23:59:59Z', '2026-01-01T00:00:00Z'],
  ['ten_days', '2026-02-11T00:00:00Z', '2026-02-11T00:00:00Z'],
  ['ten_days', '2026-02-28T12:00:00Z', '2026-02-21T00:00:00Z'],
  ['ten_days', '2026-01-31T23:59:59Z', '2026-01-21T00:00:00Z'],
  ['month', '2026-01-31T23:59:59Z', '2026-01-01T00:00:00Z'],
])('begins %s of %s at %s', async (unit, at, start) => {
  const client = await sql.connect();
  await client.query("SET TIME ZONE 'America/New_York'");
  const { rows } = await client.query('SELECT usage_unit_start($1, $2::timestamptz) AS start', [unit, at]);
  client.release(true);
  expect(rows).toEqual([{ start: new Date(start) }]);
});

it('counts every event once, in what is folded or in what is not, while both go on', async () => {
  const stores = Array.from({ length: 3 }, () => new LedgerStore(database.url));
  const writing = { isDone: false };
  const folds = Array.from({ length: 2 }, async () => {
    while (!writing.isDone) await sql.query('SELECT usage_fold(7)');
  });
  const looks = (async () => {
    const differences = [];
    while (!writing.isDone) differences.push(...(await sql.query(SUMS_THAT_DIFFER)).rows);
    return differences;
  })();
  await Promise.all(
    stores.map(async (store, writer) => {
      for (let batch = 0; batch < 25; batch += 1) {
        const events = Array.from({ length: 12 }, (_, n) => event(10_000 + writer * 1_000 + batch * 12 + n));
        await store.write(events.map(toEventRecord));
        // Its own report replaces what was taken for lost: sums that go back to nothing.
        const lost = { ...event(batch), outcome: 'lost' as const };
        await store.write([toEventRecord({ ...lost, keyId: 'key_lost', resolvedModel: 'model.lost' })]);
        await store.write([toEventRecord({ ...lost, outcome: 'success', costPicoUsd: '3' })]);
      }
    }),
  );
  writing.isDone = true;
  await Promise.all(folds);
  expect(await looks).toEqual([]);
  await sql.query(FOLD_ALL);
  expect((await sql.query('SELECT FROM usage_recent')).rowCount).toBe(0);
  expect((await sql.query(SUMS_THAT_DIFFER)).rows).toEqual([]);
  const left = await sql.query(
    `SELECT FROM usage_hourly WHERE attempts = 0 UNION ALL SELECT FROM usage_daily WHERE attempts = 0
     UNION ALL SELECT FROM usage_overall WHERE attempts = 0 UNION ALL SELECT FROM usage_by_tenant WHERE attempts = 0
     UNION ALL SELECT FROM usage_by_key WHERE attempts = 0 UNION ALL SELECT FROM usage_by_model WHERE attempts = 0`,
  );
  expect(left.rowCount).toBe(0);
  await Promise.all(stores.map((store) => store.close()));
});

it.each([
  [['rebuild'], /rebuild-rollups/],
  [['rebuild-rollups', '--from', '2026-01-01'], /--to/],
  [['rebuild-rollups', '--from', '2026-02-30x', '--to', '2026-03-01'], /--from/],
  [['rebuild-rollups', '--from', '2026-03-01', '--to', '2026-03-01'], /before/],
])('refuses %j', async (words, message) => {
  await expect(rebuild(words)).rejects.toThrow(message);
});
