import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { assert, asyncProperty, constantFrom, nat, tuple, array } from 'fast-check';
import { Pool, type PoolClient } from 'pg';
import { BudgetRepository } from '../../src/billing/budgets/budget.repository.js';
import type { Budget } from '../../src/billing/budgets/budget.js';
import { toEventRecord, toIntentRecord } from '../../src/billing/metering/ledger-record.js';
import { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import type { RatedUsageEvent } from '../../src/billing/metering/usage-event.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { testConfig } from '../support/config.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';
import { openUsageEvent, usageEvent } from '../support/usage-samples.js';

Logger.overrideLogger(false);
const SUBJECT = {
  tenantId: 'ten_1',
  keyId: 'key_1',
  model: 'anthropic.claude-sonnet-4-6',
  tags: {} as Record<string, string>,
};
const WRITER = randomUUID();

const now = () => new Date().toISOString();

function cost(amount: number, fields: Partial<RatedUsageEvent> = {}): RatedUsageEvent {
  return usageEvent({ id: randomUUIDv7(), occurredAt: now(), costPicoUsd: String(amount), ...fields });
}

/** Admits a call of `SUBJECT` in the transaction of a client. */
async function admitIn(client: PoolClient, amount: number): Promise<boolean> {
  const { rows } = await client.query(
    "SELECT budget_admit($1, $2, 'ten_1', 'key_1', $3, '{}', $4, '{}') IS NULL AS admitted",
    [randomUUID(), WRITER, SUBJECT.model, amount],
  );
  return rows[0].admitted as boolean;
}

const reached = (percent: number) => `budget.threshold_reached ${percent}`;

describe(BudgetRepository.name, () => {
  let database: TestDatabase;
  let sql: Pool;
  let prisma: PrismaService;
  let store: LedgerStore;
  let budgets: BudgetRepository;

  beforeAll(async () => {
    database = await createTestDatabase();
    sql = new Pool({ connectionString: database.url, max: 16 });
    prisma = new PrismaService(testConfig(database.url, { DATABASE_POOL_SIZE: '16' }));
    store = new LedgerStore(database.url);
    budgets = new BudgetRepository(prisma);
  });
  afterAll(async () => {
    await Promise.all([sql.end(), prisma.$disconnect(), store.close()]);
    await database.close();
  });
  beforeEach(async () => {
    await sql.query(`TRUNCATE usage_events, usage_intents, usage_writers, usage_recent, usage_hourly, usage_daily, usage_monthly,
      budgets, budget_windows, budget_holds, budget_increases, budget_alerts, reservations,
      webhook_endpoints, webhook_events, webhook_deliveries`);
  });

  async function createBudget(limit: number | null, fields: Partial<Budget> = {}): Promise<string> {
    const id = `bud_${randomUUID()}`;
    const budget = {
      id,
      tenantId: '',
      keyId: '',
      model: '',
      tags: {},
      name: 'of the test',
      window: 'total' as const,
      timeZone: 'UTC',
      hard: true,
      thresholds: [50, 80, 100],
      limitPicoUsd: limit === null ? null : BigInt(limit),
      ...fields,
    };
    await prisma.$transaction((db) => budgets.create(budget, db));
    return id;
  }

  async function reserve(amount: number, subject = SUBJECT, writerId = WRITER) {
    const id = randomUUIDv7();
    const lostEvent = cost(amount, { id, reservationId: id, outcome: 'lost', estimated: true });
    const refusedBy = await budgets.admit({ id, writerId, picoUsd: BigInt(amount), lostEvent }, subject);
    return { id, refusedBy };
  }

  const settle = (event: RatedUsageEvent) => store.write([toEventRecord(event)]);
  async function windows(): Promise<{ spent: number; reserved: number }[]> {
    const { rows } = await sql.query(
      'SELECT spent::integer, reserved::integer FROM budget_windows ORDER BY budget_id, window_start',
    );
    return rows;
  }

  it('moves what an attempt cost from reserved to spent, and gives the rest back at the end', async () => {
    await createBudget(100);
    const { id } = await reserve(60);
    expect(await windows()).toEqual([{ spent: 0, reserved: 60 }]);
    await settle(cost(25, { reservationId: id }));
    expect(await windows()).toEqual([{ spent: 25, reserved: 35 }]);
    await budgets.release(SUBJECT, id);
    await budgets.release(SUBJECT, id);
    expect(await windows()).toEqual([{ spent: 25, reserved: 0 }]);
  });

  it('gives back what several calls have left in the order of the windows, as all who lock them', async () => {
    const budgetId = await createBudget(100, { window: 'day' });
    const [late, early] = [await reserve(10), await reserve(20)];
    // Admitted before midnight.
    await sql.query(
      `WITH earlier AS (
         INSERT INTO budget_windows (budget_id, window_start, spent, reserved, ceiling)
         SELECT budget_id, window_start - interval '1 day', 0, 20, 20 FROM budget_windows RETURNING window_start
       ), moved AS (
         UPDATE budget_holds h SET window_start = e.window_start FROM earlier e WHERE h.reservation_id = $1
       )
       UPDATE budget_windows SET reserved = 10`,
      [early.id],
    );
    const writer = await sql.connect();
    try {
      await writer.query('BEGIN');
      const { rows } = await writer.query(
        'SELECT window_start FROM budget_windows ORDER BY window_start LIMIT 1 FOR NO KEY UPDATE',
      );
      const released = Promise.all([late, early].map(({ id }) => budgets.release(SUBJECT, id)));
      const waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
      await until(async () => (await sql.query(waiting)).rowCount === 1, 'the release to wait');
      const next = 'SELECT FROM budget_windows WHERE budget_id = $1 AND window_start > $2 FOR NO KEY UPDATE NOWAIT';
      expect((await writer.query(next, [budgetId, rows[0].window_start])).rowCount).toBe(1);
      await writer.query('COMMIT');
      await released;
    } finally {
      writer.release(true);
    }
    expect((await windows()).map(({ reserved }) => reserved)).toEqual([0, 0]);
  });

  it('refuses what could exceed the limit, and holds nothing of it anywhere', async () => {
    await createBudget(1_000, { tenantId: 'ten_1' });
    const narrow = await createBudget(10, { tenantId: 'ten_1', keyId: 'key_1' });
    expect((await reserve(11)).refusedBy).toBe(narrow);
    expect((await windows()).map(({ reserved }) => reserved)).toEqual([0, 0]);
    expect((await sql.query('SELECT FROM reservations')).rowCount).toBe(0);
    expect((await reserve(10)).refusedBy).toBeNull();
  });

  it('waits for nobody to raise a refusal, so that batches of calls never deadlock', async () => {
    await createBudget(10, { tenantId: 'ten_1' });
    const [first, second] = await Promise.all([sql.connect(), sql.connect()]);
    try {
      for (const client of [first, second]) await client.query('BEGIN');
      expect(await admitIn(first, 11)).toBe(false);
      expect(await admitIn(second, 2)).toBe(true);
      const behind = admitIn(first, 2);
      expect(await admitIn(second, 11)).toBe(false);
      await second.query('COMMIT');
      expect(await behind).toBe(true);
      await first.query('COMMIT');
    } finally {
      for (const client of [first, second]) client.release(true);
    }
    expect((await sql.query("SELECT FROM budget_alerts WHERE kind = 'refused'")).rowCount).toBe(1);
  });

  it('admits nothing under 0 and everything under null', async () => {
    await createBudget(null);
    expect((await reserve(1_000_000)).refusedBy).toBeNull();
    const nothing = await createBudget(0);
    expect((await reserve(1)).refusedBy).toBe(nothing);
  });

  it('leaves calls alone that it does not apply to', async () => {
    await createBudget(0, { tenantId: 'ten_2' });
    await createBudget(0, { tenantId: 'ten_1', keyId: 'key_2' });
    await createBudget(0, { model: 'amazon.nova-pro-v1:0' });
    expect((await reserve(5)).refusedBy).toBeNull();
    await settle(cost(5));
    expect((await windows()).every(({ spent }) => spent === 0)).toBe(true);
  });

  it('knows from the first moment what its window has cost before it was there', async () => {
    await settle(cost(40));
    await settle(cost(2, { tenantId: 'ten_2' }));
    await createBudget(100, { tenantId: 'ten_1', window: 'month' });
    expect(await windows()).toEqual([{ spent: 40, reserved: 0 }]);
    expect((await reserve(61)).refusedBy).not.toBeNull();
    expect((await reserve(60)).refusedBy).toBeNull();
  });

  it.each(['total', 'week', 'day'] as const)(
    'knows that of each event once, in a %s of a zone of half hours',
    async (window) => {
      const timeZone = 'Asia/Kolkata';
      const { rows } = await sql.query('SELECT budget_window_start($1, $2, now()) AS start', [window, timeZone]);
      const start = (rows[0].start as Date).getTime();
      const [hour, day] = [3_600_000, 86_400_000];
      const around = [0, 1, hour / 2, hour, 6 * hour, day, 40 * day].flatMap((ms) => [start + ms, start - ms - 1]);
      const past = [...around, Date.now() - 70 * day, Date.now()].filter((ms) => ms >= 0 && ms <= Date.now());
      for (const ms of past) await settle(cost(1, { occurredAt: new Date(ms).toISOString() }));
      await createBudget(null, { window, timeZone });
      expect(await windows()).toEqual([{ spent: past.filter((ms) => ms >= start).length, reserved: 0 }]);
    },
  );

  it('counts a cost that was not reserved, and the report that replaces a lost event', async () => {
    await createBudget(1_000, { hard: false });
    const lost = cost(90, { outcome: 'lost', estimated: true });
    await settle(lost);
    expect(await windows()).toEqual([{ spent: 90, reserved: 0 }]);
    await settle({ ...lost, outcome: 'success', costPicoUsd: '30' });
    expect(await windows()).toEqual([{ spent: 30, reserved: 0 }]);
  });

  it('charges to the window in which it was reserved, at the time zone of the budget', async () => {
    const day = await createBudget(100, { window: 'day', timeZone: 'Pacific/Auckland' });
    const { id } = await reserve(50);
    const nextDay = new Date(Date.now() + 86_400_000).toISOString();
    await settle(cost(20, { reservationId: id, occurredAt: nextDay }));
    const { rows } = await sql.query(
      `SELECT spent::integer, window_start = date_trunc('day', now(), 'Pacific/Auckland') AS today
       FROM budget_windows WHERE budget_id = $1`,
      [day],
    );
    expect(rows).toEqual([{ spent: 20, today: true }]);
  });

  it('keeps what was spent when the limit is lowered below it, and refuses from then on', async () => {
    const id = await createBudget(100);
    await settle(cost(70));
    await prisma.$transaction((db) => budgets.update(id, { limitPicoUsd: 50n }, db));
    expect((await reserve(1)).refusedBy).toBe(id);
    await prisma.$transaction((db) => budgets.update(id, { limitPicoUsd: 71n }, db));
    expect((await reserve(1)).refusedBy).toBeNull();
  });

  it('charges a reservation in full whose process died before it recorded an attempt', async () => {
    await createBudget(100);
    const { id } = await reserve(60);
    expect(await store.sweepReservations()).toBe(1);
    expect(await windows()).toEqual([{ spent: 60, reserved: 0 }]);
    const { rows } = await sql.query('SELECT id, outcome, estimated, cost_pico_usd FROM usage_events');
    expect(rows).toEqual([{ id, outcome: 'lost', estimated: true, cost_pico_usd: '60' }]);
    expect(await store.sweepReservations()).toBe(0);
  });

  it('charges what was left of a reservation whose process died during its second attempt', async () => {
    await createBudget(100);
    const { id } = await reserve(60);
    await settle(cost(15, { reservationId: id }));
    await store.write([
      toIntentRecord(openUsageEvent({ reservationId: id, occurredAt: now() }), WRITER),
      toIntentRecord(openUsageEvent({ reservationId: id, occurredAt: now() }), WRITER),
    ]);
    expect(await store.sweep()).toBe(2);
    await store.sweepReservations();
    expect(await windows()).toEqual([{ spent: 60, reserved: 0 }]);
    expect((await sql.query('SELECT sum(cost_pico_usd)::integer AS cost FROM usage_events')).rows).toEqual([
      { cost: 60 },
    ]);
  });

  it('leaves the reservations of a living process alone', async () => {
    await createBudget(100);
    await store.renewLease(WRITER, 60_000);
    await reserve(60);
    expect(await store.sweepReservations()).toBe(0);
    expect(await windows()).toEqual([{ spent: 0, reserved: 60 }]);
  });

  it('applies to calls whose tenant or key has all of its tags, of whichever tenant', async () => {
    const id = await createBudget(100, { tags: { 'cost-centre': '42', stage: 'live' } });
    const tags = { 'cost-centre': '42', stage: 'live', team: 'blue' };
    expect((await reserve(101, { ...SUBJECT, tags })).refusedBy).toBe(id);
    expect((await reserve(101, { ...SUBJECT, tags: { 'cost-centre': '42' } })).refusedBy).toBeNull();
    expect((await reserve(101, { ...SUBJECT, tags: { ...tags, stage: 'test' } })).refusedBy).toBeNull();
    const { id: reservationId } = await reserve(60, { ...SUBJECT, tenantId: 'ten_2', tags });
    await settle(cost(50, { tenantId: 'ten_2', tags, reservationId }));
    await settle(cost(7, { tags: { stage: 'live' } }));
    expect(await windows()).toEqual([{ spent: 50, reserved: 10 }]);
  });

  it('knows what its tags have cost before it was there', async () => {
    await settle(cost(40, { tags: { team: 'blue', stage: 'live' } }));
    await settle(cost(2, { tags: { team: 'red' } }));
    await createBudget(100, { tags: { team: 'blue' }, window: 'month' });
    expect(await windows()).toEqual([{ spent: 40, reserved: 0 }]);
  });

  const endsAtOnce = (id: string | undefined) =>
    sql.query(`UPDATE budget_increases SET ends_at = clock_timestamp() WHERE id = $1`, [id]);

  async function listen(id: string, fields: { tenantId?: string; types?: string[]; enabled?: boolean } = {}) {
    const { tenantId = '', types = [], enabled = true } = fields;
    await sql.query(
      `INSERT INTO webhook_endpoints (id, tenant_id, name, url, event_types, enabled, secret)
       VALUES ($1, $2, 'of the test', 'https://hooks.example', $3, $4, '')`,
      [id, tenantId, types, enabled],
    );
  }
  async function raised(): Promise<string[]> {
    const { rows } = await sql.query(
      `SELECT type || coalesce(' ' || (data->>'threshold_percent'), '') AS what FROM webhook_events
       ORDER BY (data->>'threshold_percent')::integer NULLS LAST`,
    );
    return rows.map(({ what }) => what as string);
  }

  describe('a temporary increase', () => {
    const FAR = new Date(Date.now() + 86_400_000);
    const increase = (budgetId: string, amount: number, endsAt = FAR) =>
      prisma.$transaction((db) =>
        budgets.createIncrease(
          budgetId,
          { id: `inc_${randomUUID()}`, amountPicoUsd: BigInt(amount), reason: 'launch', createdBy: 'op', endsAt },
          db,
        ),
      );
    it('raises the limit until it ends by the clock of the database; several add up', async () => {
      const id = await createBudget(100);
      const first = await increase(id, 50);
      const second = await increase(id, 25);
      expect(await budgets.findStatus(id)).toMatchObject({ limitPicoUsd: 100n, limitNowPicoUsd: 175n });
      expect((await reserve(176)).refusedBy).toBe(id);
      expect((await reserve(175)).refusedBy).toBeNull();
      await sql.query('UPDATE budget_windows SET reserved = 0');
      await endsAtOnce(second?.id);
      expect((await reserve(151)).refusedBy).toBe(id);
      expect((await reserve(150)).refusedBy).toBeNull();
      await sql.query('UPDATE budget_windows SET reserved = 0');
      await prisma.$transaction((db) => budgets.cancelIncrease(id, first?.id ?? '', db));
      expect((await reserve(101)).refusedBy).toBe(id);
      const { items } = await budgets.listIncreases(id, { limit: 10 });
      expect(items.map(({ amountPicoUsd }) => amountPicoUsd)).toEqual([25n, 50n]);
    });

    it('leaves what was held under it alone when it ends, and admits nothing more', async () => {
      const id = await createBudget(100);
      const extra = await increase(id, 100);
      const { id: reservationId } = await reserve(180);
      await endsAtOnce(extra?.id);
      expect((await reserve(1)).refusedBy).toBe(id);
      await settle(cost(180, { reservationId }));
      expect(await windows()).toEqual([{ spent: 180, reserved: 0 }]);
    });

    it('is not made when the clock of the database is past its end already', async () => {
      const id = await createBudget(100);
      expect(await increase(id, 5, new Date(0))).toBeNull();
      expect(await budgets.listIncreases(id, { limit: 10 })).toEqual({ items: [], hasMore: false });
    });

    it('turns 0 into an amount, and is nothing beside no limit', async () => {
      const nothing = await createBudget(0, { tenantId: 'ten_1' });
      await increase(nothing, 10);
      expect((await reserve(11)).refusedBy).toBe(nothing);
      expect((await reserve(10)).refusedBy).toBeNull();
      const unlimited = await createBudget(null, { tenantId: 'ten_2' });
      await increase(unlimited, 1);
      expect((await reserve(500, { ...SUBJECT, tenantId: 'ten_2' })).refusedBy).toBeNull();
    });
  });

  describe('what a window raises', () => {
    it('is one event for each threshold, however often and by however much it is crossed', async () => {
      await listen('wh_1');
      await createBudget(100, { hard: false });
      await settle(cost(49));
      expect(await raised()).toEqual([]);
      const half = cost(1);
      await Promise.all([settle(half), settle(half)]);
      expect(await raised()).toEqual([reached(50)]);
      await settle(cost(3));
      await settle(cost(-10));
      await settle(cost(10));
      expect(await raised()).toEqual([reached(50)]);
      await settle(cost(500));
      await settle(cost(500));
      expect(await raised()).toEqual([reached(50), reached(80), reached(100)]);
    });

    it('is raised again in another window', async () => {
      await listen('wh_1');
      await createBudget(100, { hard: false, window: 'day', thresholds: [80] });
      await settle(cost(80));
      await settle(cost(80, { occurredAt: new Date(Date.now() - 2 * 86_400_000).toISOString() }));
      expect(await raised()).toEqual([reached(80), reached(80)]);
    });

    it('says which budget, how much and of what, and who is told', async () => {
      await listen('wh_all');
      await listen('wh_own', { tenantId: 'ten_1', types: ['budget.threshold_reached'] });
      await listen('wh_other', { tenantId: 'ten_2' });
      await listen('wh_off', { enabled: false });
      await listen('wh_refusals', { types: ['budget.call_refused'] });
      const id = await createBudget(1_500_000, { tenantId: 'ten_1', thresholds: [60], window: 'month' });
      await settle(cost(1_000_000));
      const { rows } = await sql.query('SELECT tenant_id, data FROM webhook_events');
      expect(rows).toEqual([
        {
          tenant_id: 'ten_1',
          data: {
            budget_id: id,
            budget_name: 'of the test',
            tenant_id: 'ten_1',
            key_id: null,
            model: null,
            tags: {},
            hard: true,
            window: 'month',
            window_start: expect.any(String),
            window_end: expect.any(String),
            threshold_percent: 60,
            limit_usd: '0.0000015',
            spent_usd: '0.000001',
          },
        },
      ]);
      const told = await sql.query('SELECT endpoint_id FROM webhook_deliveries ORDER BY 1');
      expect(told.rows.map((row) => row.endpoint_id)).toEqual(['wh_all', 'wh_own']);
    });

    it('is not written when the cost is not', async () => {
      await listen('wh_1');
      await createBudget(100, { hard: false });
      const client = await sql.connect();
      await client.query('BEGIN');
      await client.query(`SELECT budget_charge(id, to_timestamp(0), NULL, 90) FROM budgets`);
      await client.query(`SELECT budget_raise_thresholds(id, to_timestamp(0)) FROM budgets`);
      expect((await client.query('SELECT FROM webhook_deliveries')).rowCount).toBe(2);
      await client.query('ROLLBACK');
      client.release();
      expect(await raised()).toEqual([]);
    });

    it('is also reached by a lower limit, by an increase that is taken back, and at once by a new budget', async () => {
      await listen('wh_1');
      const id = await createBudget(100, { thresholds: [80, 90] });
      await settle(cost(43));
      await prisma.$transaction((db) => budgets.update(id, { limitPicoUsd: 48n }, db));
      expect(await raised()).toEqual([reached(80)]);
      expect(await budgets.findStatus(id)).toMatchObject({ reachedThresholds: [80], version: 2 });
      const extra = { id: 'inc_1', amountPicoUsd: 52n, reason: 'launch', createdBy: 'op', endsAt: new Date(4e12) };
      await prisma.$transaction((db) => budgets.createIncrease(id, extra, db));
      await settle(cost(4));
      expect(await raised()).toEqual([reached(80)]);
      await prisma.$transaction((db) => budgets.cancelIncrease(id, 'inc_1', db));
      expect(await raised()).toEqual([reached(80), reached(90)]);
      await createBudget(47, { thresholds: [100] });
      expect(await raised()).toEqual([reached(80), reached(90), reached(100)]);
    });

    it('is the first refusal of a window', async () => {
      await listen('wh_1');
      await createBudget(10, { window: 'day' });
      await Promise.all([reserve(11), reserve(11), reserve(11)]);
      expect(await raised()).toEqual(['budget.call_refused']);
    });

    it('is nothing without a limit, without thresholds, or before anything is spent', async () => {
      await listen('wh_1');
      await createBudget(null, { tenantId: 'ten_1' });
      await createBudget(100, { tenantId: 'ten_1', thresholds: [], hard: false });
      await createBudget(0, { tenantId: 'ten_2', hard: false });
      await settle(cost(200));
      expect(await raised()).toEqual([]);
    });
  });

  const AMOUNT = 7;
  const LIMIT = 1_000;
  const WORKERS = 16;
  const TRIES = 400;
  async function race(admit: () => Promise<boolean>): Promise<number> {
    let admitted = 0;
    let tries = 0;
    async function work(): Promise<void> {
      while (tries < TRIES) {
        tries += 1;
        if (await admit()) admitted += 1;
      }
    }
    await Promise.all(Array.from({ length: WORKERS }, work));
    return admitted * AMOUNT;
  }

  it('admits what comes at once in one statement, in the order in which it came', async () => {
    const budget = await createBudget(LIMIT, { tenantId: 'ten_1' });
    let statements = 0;
    const $queryRaw = (...query: Parameters<PrismaService['$queryRaw']>) => {
      statements += 1;
      return prisma.$queryRaw(...query);
    };
    const counted = new BudgetRepository({ $queryRaw } as unknown as PrismaService);
    const amounts = [600, 500, 300, 200, 100];
    const refused = amounts.map((amount) => {
      const id = randomUUIDv7();
      const lostEvent = cost(amount, { id, reservationId: id, outcome: 'lost', estimated: true });
      return counted.admit({ id, writerId: WRITER, picoUsd: BigInt(amount), lostEvent }, SUBJECT);
    });
    expect(await Promise.all(refused)).toEqual([null, budget, null, budget, null]);
    expect(statements).toBe(1);
    expect(await windows()).toEqual([{ spent: 0, reserved: LIMIT }]);
  });

  it('is never overrun by workers that race, and leaves less than one request unused', async () => {
    await createBudget(LIMIT, { tenantId: 'ten_1' });
    await createBudget(LIMIT * 2);
    const spent = await race(async () => {
      const { id, refusedBy } = await reserve(AMOUNT);
      if (refusedBy === null) {
        await settle(cost(AMOUNT, { reservationId: id }));
        await budgets.release(SUBJECT, id);
      }
      return refusedBy === null;
    });
    expect(spent).toBeLessThanOrEqual(LIMIT);
    expect(LIMIT - spent).toBeLessThan(AMOUNT);
    expect((await windows()).toSorted((a, b) => a.spent - b.spent)).toEqual([
      { spent, reserved: 0 },
      { spent, reserved: 0 },
    ]);
  });

  it('would be overrun if it were read first and written afterwards: the control of the race', async () => {
    await sql.query('CREATE TABLE naive (spent integer NOT NULL)');
    await sql.query('INSERT INTO naive VALUES (0)');
    const spent = await race(async () => {
      const { rows } = await sql.query('SELECT spent FROM naive');
      if (rows[0].spent + AMOUNT > LIMIT) return false;
      await sql.query('UPDATE naive SET spent = spent + $1', [AMOUNT]);
      return true;
    });
    expect(spent).toBeGreaterThan(LIMIT);
  });

  it('agrees with a small model over random operations', async () => {
    const operation = tuple(
      constantFrom('reserve', 'settle', 'release', 'late', 'limit', 'repeat', 'crash'),
      nat(60),
      nat(9),
    );
    await assert(
      asyncProperty(array(operation, { minLength: 10, maxLength: 40 }), async (operations) => {
        await sql.query(
          'TRUNCATE usage_events, usage_intents, usage_recent, usage_hourly, usage_daily, usage_monthly, usage_yearly, budgets, budget_windows, budget_holds, reservations',
        );
        const budgetId = await createBudget(100);
        const model = { limit: 100, spent: 0, holds: new Map<string, number>() };
        const reserved = () => [...model.holds.values()].reduce((sum, held) => sum + held, 0);
        const decisions: [admitted: boolean, fits: boolean][] = [];
        let last: RatedUsageEvent | undefined;
        for (const [kind, amount, pick] of operations) {
          const open = [...model.holds.keys()][pick];
          if (kind === 'reserve') {
            const { id, refusedBy } = await reserve(amount);
            decisions.push([refusedBy === null, model.spent + reserved() + amount <= model.limit]);
            if (refusedBy === null) model.holds.set(id, amount);
          } else if (kind === 'settle' && open !== undefined) {
            last = cost(amount, { reservationId: open });
            await settle(last);
            model.spent += amount;
            model.holds.set(open, Math.max(0, (model.holds.get(open) ?? 0) - amount));
          } else if (kind === 'release' && open !== undefined) {
            await budgets.release(SUBJECT, open);
            model.holds.delete(open);
          } else if (kind === 'late') {
            last = cost(amount);
            await settle(last);
            model.spent += amount;
          } else if (kind === 'limit') {
            await prisma.$transaction((db) => budgets.update(budgetId, { limitPicoUsd: BigInt(amount * 3) }, db));
            model.limit = amount * 3;
          } else if (kind === 'repeat' && last) {
            await settle(last);
          } else if (kind === 'crash') {
            const recorded = new Set(
              (await sql.query('SELECT DISTINCT reservation_id FROM usage_events')).rows.map(
                (row) => row.reservation_id,
              ),
            );
            await store.sweepReservations();
            for (const [id, held] of model.holds) model.spent += recorded.has(id) ? 0 : held;
            model.holds.clear();
          }
          const expected = { spent: model.spent, reserved: reserved() };
          expect((await windows())[0]).toEqual(expected);
        }
        expect(decisions.filter(([admitted, fits]) => admitted !== fits)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});
