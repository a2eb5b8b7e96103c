import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { toEventRecord, toIntentRecord } from '../../src/billing/metering/ledger-record.js';
import { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import type { RatedUsageEvent } from '../../src/billing/metering/usage-event.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';
import { usageEvent } from '../support/usage-samples.js';

const WRITER = randomUUID();
const MANY = 2_000;
/** PostgreSQL keeps the plan of a prepared statement from the sixth time on. */
const PLANNED_AFTER = 6;
const CLOSED = 40;

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

const sample = (count: number) =>
  Array.from({ length: count }, () => usageEvent({ id: randomUUID(), occurredAt: new Date().toISOString() }));
const intentsOf = (events: readonly RatedUsageEvent[]) => events.map((event) => toIntentRecord(event, WRITER));

async function hasLedgerLeft(): Promise<boolean> {
  const { rowCount } = await sql.query(
    `SELECT FROM pg_stat_activity WHERE application_name = 'bedrock-gateway ledger' AND datname = current_database()`,
  );
  return rowCount === 0;
}

/** Rows and index entries that were read since the database was made; sessions that have ended have told theirs. */
async function readFrom(tables: string): Promise<number> {
  const { rows } = await sql.query<{ read: string }>(
    `SELECT sum(seq_tup_read) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname LIKE $1) AS read
     FROM pg_stat_user_tables WHERE relname LIKE $1`,
    [tables],
  );
  return Number(rows[0]?.read);
}

it('reads no more for an event when there are many, although its statement was planned when there were none', async () => {
  // A table that was found empty is planned as empty; a new one as one of some pages.
  await sql.query('VACUUM usage_intents');
  const store = new LedgerStore(database.url);
  for (const event of sample(PLANNED_AFTER)) await store.write([toEventRecord(event)]);
  const open = sample(MANY);
  await store.write(intentsOf(open));
  await store.write(sample(MANY).map(toEventRecord));
  for (const event of open.slice(0, CLOSED)) await store.write([toEventRecord(event)]);
  await store.close();
  await until(hasLedgerLeft, 'the end of the connections');
  expect(await sql.query('SELECT FROM usage_intents')).toMatchObject({ rowCount: MANY - CLOSED });
  expect(await readFrom('usage_intents')).toBeLessThan(2 * MANY);
  expect(await readFrom('usage_events%')).toBeLessThan(2 * MANY);
});
