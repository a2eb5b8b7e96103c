import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Pool } from 'pg';
import { IntentLog } from '../../src/billing/metering/intent-log.js';
import { LedgerJournal } from '../../src/billing/metering/ledger-journal.js';
import { toEventRecord, toIntentRecord } from '../../src/billing/metering/ledger-record.js';
import { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import type { OpenUsageEvent, RatedUsageEvent } from '../../src/billing/metering/usage-event.js';
import { PostgresUsageLedger } from '../../src/billing/metering/postgres-usage-ledger.js';
import { CuttableProxy } from '../support/cuttable-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';
import { openUsageEvent, usageEvent } from '../support/usage-samples.js';

Logger.overrideLogger(false);
const LEASE_MS = 400;

describe(PostgresUsageLedger.name, () => {
  let database: TestDatabase;
  let sql: Pool;
  let proxy: CuttableProxy;
  let dataDir: string;
  let ledgers: PostgresUsageLedger[];

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = new Pool({ connectionString: database.url });
  });
  afterAll(async () => {
    await sql.end();
    await database.close();
  });
  beforeEach(async () => {
    await sql.query('TRUNCATE usage_events, usage_intents, usage_writers');
    const { hostname, port } = new URL(database.url);
    proxy = new CuttableProxy({ host: hostname, port: Number(port) });
    dataDir = await mkdtemp(join(tmpdir(), 'ledger-'));
    ledgers = [];
  });
  afterEach(async () => {
    await Promise.all(ledgers.map((ledger) => ledger.close()));
    await proxy.cut();
    await rm(dataDir, { recursive: true });
  });

  async function start({ databaseAway = false } = {}): Promise<PostgresUsageLedger> {
    const url = new URL(database.url);
    url.port = String(await proxy.open());
    if (databaseAway) await proxy.cut();
    const ledger = new PostgresUsageLedger({ databaseUrl: url.href, dataDir, leaseMs: LEASE_MS });
    ledgers.push(ledger);
    await ledger.start();
    return ledger;
  }

  const rows = async (query: string, values: unknown[] = []) => (await sql.query(query, values)).rows;
  const events = () => rows('SELECT * FROM usage_events ORDER BY occurred_at, attempt');
  const intents = () => rows('SELECT * FROM usage_intents');
  const onDisk = () => {
    const directory = join(dataDir, 'usage-journal');
    return readdirSync(directory)
      .map((name) => readFileSync(join(directory, name), 'utf8'))
      .join('');
  };

  it('has an intent while an attempt runs, and in its place one event when it has ended', async () => {
    const ledger = await start();
    const event = usageEvent({ cacheWrite1hTokens: null, firstByteMs: null });
    await ledger.open(event).durable;
    expect(await intents()).toMatchObject([{ tenant_id: 'ten_1', id: event.id, writer_id: ledger.writerId }]);
    await ledger.settle(event);
    expect(await intents()).toEqual([]);
    expect(await events()).toMatchObject([
      {
        id: event.id,
        tenant_name: 'Blue',
        key_name: 'ci',
        tags: { stage: 'test' },
        end_user: null,
        resolved_model: event.resolvedModel,
        aws_request_id: 'aws-1',
        input_tokens: 12,
        output_tokens: 30,
        cache_read_tokens: 0,
        cache_write_1h_tokens: null,
        first_byte_ms: null,
        occurred_at: new Date(event.occurredAt),
      },
    ]);
  });

  it('has an intent on the disk as soon as the attempt may be made, until the database has it', async () => {
    const ledger = await start();
    const event = openUsageEvent();
    const { durable } = ledger.open(event);
    expect(onDisk()).toContain(event.id);
    await durable;
    expect(onDisk()).toBe('');
  });

  it('keeps no intent of an attempt that begins and ends in one batch', async () => {
    const ledger = await start();
    const event = usageEvent();
    await Promise.all([ledger.open(event).durable, ledger.settle(event)]);
    expect(await intents()).toEqual([]);
    expect(await events()).toHaveLength(1);
  });

  it('has one event however often it is settled, with what was said first', async () => {
    const ledger = await start();
    const event = usageEvent();
    await Promise.all([ledger.settle(event), ledger.settle(event)]);
    await ledger.settle({ ...event, outputTokens: 99 });
    expect(await events()).toMatchObject([{ output_tokens: 30 }]);
  });

  it('takes thousands of attempts at once', async () => {
    const ledger = await start();
    const all = Array.from({ length: 3_000 }, (_, attempt) => usageEvent({ attempt }));
    await Promise.all(all.flatMap((event) => [ledger.open(event).durable, ledger.settle(event)]));
    expect(
      await rows('SELECT count(*)::integer AS count, sum(output_tokens)::integer AS output FROM usage_events'),
    ).toEqual([{ count: 3_000, output: 90_000 }]);
    expect(await intents()).toEqual([]);
  });

  it('refuses an attempt at once while too many wait to be written, and still settles those that have begun', async () => {
    const ledger = await start();
    const begun = usageEvent();
    const waiting = Array.from({ length: 20_000 }, () => ledger.open(begun));
    expect(() => ledger.open(openUsageEvent())).toThrow(
      expect.objectContaining({ status: 503, headers: { 'retry-after': '5' } }),
    );
    await Promise.all([ledger.settle(begun), ...waiting.map(({ durable }) => durable)]);
    await ledger.open(openUsageEvent()).durable;
    expect(await events()).toMatchObject([{ id: begun.id }]);
  });

  it('writes to the journal while the database is away, and replays it afterwards', async () => {
    const ledger = await start();
    const before = usageEvent({ attempt: 1 });
    await ledger.open(before).durable;
    await proxy.cut();
    const during = usageEvent({ attempt: 2 });
    await ledger.settle(before);
    await ledger.open(during).durable;
    await ledger.settle(during);
    expect(ledger.isDatabaseAway).toBe(true);
    expect(await events()).toEqual([]);
    await proxy.open();
    await until(() => !ledger.isDatabaseAway, 'the replay');
    expect(await events()).toMatchObject([
      { id: before.id, outcome: 'success' },
      { id: during.id, outcome: 'success' },
    ]);
    expect(await intents()).toEqual([]);
    expect(onDisk()).toBe('');
  });

  it('starts while the database is away, and catches up', async () => {
    const ledger = await start({ databaseAway: true });
    await ledger.settle(usageEvent());
    expect(ledger.isDatabaseAway).toBe(true);
    await proxy.open();
    await until(async () => (await events()).length === 1, 'the replay');
  });

  it('replays the journal of a process that was killed, twice without harm', async () => {
    const event = usageEvent();
    const gone = new LedgerJournal(join(dataDir, 'usage-journal'), randomUUID());
    await gone.append([toIntentRecord(event, randomUUID()), toEventRecord(event)]);
    await gone.append([toEventRecord(event)]);
    await gone.pending(false);
    await start();
    expect(await events()).toMatchObject([{ id: event.id }]);
    expect(await intents()).toEqual([]);
  });

  it('accounts for the attempts that a killed process had just begun, and for none of them twice', async () => {
    const [begun, ended] = [openUsageEvent(), usageEvent({ attempt: 2 })];
    const store = new LedgerStore(database.url);
    await store.write([toEventRecord(ended)]);
    await store.close();
    const gone = new IntentLog(join(dataDir, 'usage-journal'), randomUUID());
    for (const event of [begun, ended]) gone.note(toIntentRecord(event, randomUUID()));
    await start();
    await until(async () => (await intents()).length === 0 && (await events()).length > 1, 'the sweep');
    expect(await events()).toMatchObject([
      { id: begun.id, outcome: 'lost', estimated: true, usage_reported: false },
      { id: ended.id, outcome: 'success', output_tokens: 30 },
    ]);
  });

  it('ends an intent that a late replay writes after its event, and none that runs', async () => {
    const ledger = await start();
    const running = openUsageEvent();
    await ledger.open(running).durable;
    const ended = usageEvent();
    await ledger.settle(ended);
    const store = new LedgerStore(database.url);
    await store.write([toIntentRecord(ended, ledger.writerId)]);
    await store.close();
    await until(async () => (await intents()).length === 1, 'the intent to be ended');
    expect(await intents()).toMatchObject([{ id: running.id }]);
  });

  it('sets a record aside that the database refuses, and keeps the others', async () => {
    const ledger = await start();
    const refused = usageEvent({ attempt: 1, tenantName: 'nul \u0000' });
    const kept = usageEvent({ attempt: 2 });
    await Promise.all([ledger.settle(refused), ledger.settle(kept)]);
    expect(await events()).toMatchObject([{ id: kept.id }]);
    expect(ledger.isDatabaseAway).toBe(false);
    expect(await readFile(join(dataDir, 'usage-journal', 'rejected.jsonl'), 'utf8')).toContain(refused.id);
  });

  it('writes at once again what the database has broken off as a deadlock', async () => {
    await sql.query(`
      CREATE SEQUENCE tries;
      CREATE FUNCTION deadlock_once() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('tries') = 1 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER deadlock_once AFTER INSERT ON usage_events FOR EACH STATEMENT EXECUTE FUNCTION deadlock_once()`);
    try {
      const store = new LedgerStore(database.url);
      await store.write([toEventRecord(usageEvent({}))]);
      await store.close();
      expect(await events()).toHaveLength(1);
    } finally {
      await sql.query('DROP FUNCTION deadlock_once CASCADE; DROP SEQUENCE tries');
    }
  });

  it('settles what a dead process left open as lost and estimated, and nothing of a living one', async () => {
    const store = new LedgerStore(database.url);
    const orphan = openUsageEvent();
    await store.write([toIntentRecord(orphan, randomUUID())]);
    const ledger = await start();
    const living = openUsageEvent();
    await ledger.open(living).durable;
    await until(async () => (await events()).length > 0, 'the sweep');
    expect(await events()).toMatchObject([
      {
        id: orphan.id,
        outcome: 'lost',
        estimated: true,
        usage_reported: false,
        input_tokens: null,
        tenant_name: 'Blue',
      },
    ]);
    expect(await intents()).toMatchObject([{ id: living.id }]);
    await store.close();
  });

  it('folds what its events have added to the sums, by itself', async () => {
    const ledger = await start();
    const event = usageEvent({ tenantId: 'ten_folded', id: randomUUID(), costPicoUsd: '7' });
    await ledger.settle(event);
    const costs = () => rows("SELECT cost_pico_usd FROM usage_monthly WHERE tenant_id = 'ten_folded'");
    await until(async () => (await costs()).length > 0, 'the fold');
    expect(await costs()).toEqual([{ cost_pico_usd: '7' }]);
    expect(await rows("SELECT FROM usage_recent WHERE tenant_id = 'ten_folded'")).toEqual([]);
  });

  it('sweeps also while nothing can be folded', async () => {
    await sql.query('ALTER FUNCTION usage_fold(integer) RENAME TO usage_fold_gone');
    const store = new LedgerStore(database.url);
    await store.write([toIntentRecord(openUsageEvent(), randomUUID())]);
    await start();
    await until(async () => (await events()).length > 0, 'the sweep');
    expect(await intents()).toEqual([]);
    await store.close();
    await sql.query('ALTER FUNCTION usage_fold_gone(integer) RENAME TO usage_fold');
  });

  it('folds so much at once, and the rest the next time', async () => {
    await sql.query('TRUNCATE usage_recent');
    await sql.query(
      `INSERT INTO usage_recent SELECT 'ten_many', '2026-05-01T00:00Z', gen_random_uuid(), 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0
       FROM generate_series(1, 10500)`,
    );
    const store = new LedgerStore(database.url);
    await store.fold();
    expect(await rows('SELECT count(*)::integer FROM usage_recent')).toEqual([{ count: 500 }]);
    await store.fold();
    expect(await rows('SELECT FROM usage_recent')).toEqual([]);
    await store.close();
  });

  it('has the server end a fold that takes too long', async () => {
    const holder = await sql.connect();
    await holder.query('BEGIN');
    await holder.query('LOCK TABLE usage_monthly');
    const store = new LedgerStore(database.url);
    await store.write([toEventRecord(usageEvent({ id: randomUUID() }))]);
    // PostgreSQL's code for a statement that was cancelled.
    await expect(store.fold()).rejects.toMatchObject({ code: '57014' });
    await holder.query('ROLLBACK');
    holder.release();
    await store.close();
  });

  it('lets any number of replicas sweep at the same time', async () => {
    const stores = Array.from({ length: 4 }, () => new LedgerStore(database.url));
    const writerId = randomUUID();
    await stores[0]?.write(Array.from({ length: 2_500 }, () => toIntentRecord(openUsageEvent(), writerId)));
    const swept = await Promise.all(stores.map((store) => store.sweep()));
    expect(swept.reduce((sum, count) => sum + count)).toBe(2_500);
    expect(await events()).toHaveLength(2_500);
    expect(await intents()).toEqual([]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('replaces a lost event when its writer turns out to live', async () => {
    const store = new LedgerStore(database.url);
    const event = usageEvent();
    await store.write([toIntentRecord(event, randomUUID())]);
    await store.sweep();
    await store.write([toEventRecord(event)]);
    await store.write([toEventRecord({ ...event, outcome: 'lost' })]);
    expect(await events()).toMatchObject([{ outcome: 'success', output_tokens: 30, estimated: false }]);
    await store.close();
  });

  it('has one event that came late for a locked month, also when the month is open again', async () => {
    const store = new LedgerStore(database.url);
    const event = usageEvent({ id: randomUUID(), occurredAt: '2026-04-10T10:00:00.000Z' });
    await sql.query("SELECT usage_close_month('2026-04-01T00:00Z', 'an operator')");
    await store.write([toEventRecord(event)]);
    await sql.query("SELECT usage_reopen_month('2026-04-01T00:00Z')");
    await store.write([toIntentRecord(event, randomUUID()), toEventRecord(event)]);
    await store.write([toIntentRecord(event, randomUUID())]);
    await store.sweep();
    expect(await events()).toMatchObject([
      { id: event.id, belongs_at: new Date(event.occurredAt), outcome: 'success' },
    ]);
    await store.close();
  });

  it('takes records of a version that knew neither tags nor end users', async () => {
    const store = new LedgerStore(database.url);
    const { tags: _, endUser: __, ...old } = usageEvent();
    const { tags: ___, endUser: ____, ...oldOpen } = openUsageEvent();
    await store.write([toEventRecord(old as RatedUsageEvent), toIntentRecord(oldOpen as OpenUsageEvent, randomUUID())]);
    await store.sweep();
    expect(await events()).toMatchObject([
      { tags: {}, end_user: null },
      { tags: {}, end_user: null, outcome: 'lost' },
    ]);
    await store.close();
  });

  it('flushes when it closes and leaves the rest to the sweep at once', async () => {
    const ledger = await start();
    const settled = ledger.settle(usageEvent());
    await ledger.open(openUsageEvent()).durable;
    await ledger.close();
    ledgers = [];
    await settled;
    expect(await events()).toHaveLength(1);
    const store = new LedgerStore(database.url);
    expect(await store.sweep()).toBe(1);
    await store.close();
  });
});
