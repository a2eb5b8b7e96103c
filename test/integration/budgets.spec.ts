import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { assert, asyncProperty, constantFrom, nat, tuple, array } from 'fast-check';
import { Pool } from 'pg';
import { BudgetRepository } from '../../src/billing/budgets/budget.repository.js';
import type { Budget } from '../../src/billing/budgets/budget.js';
import { toEventRecord, toIntentRecord } from '../../src/billing/metering/ledger-record.js';
import { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import type { RatedUsageEvent } from '../../src/billing/metering/usage-event.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { testConfig } from '../support/config.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openUsageEvent, usageEvent } from '../support/usage-samples.js';

Logger.overrideLogger(false);
const SUBJECT = { tenantId: 'ten_1', keyId: 'key_1', model: 'anthropic.claude-sonnet-4-6', tags: {} as Record<string, string> };
const WRITER = randomUUID();

const now = () => new Date().toISOString();

function cost(amount: number, fields: Partial<RatedUsageEvent> = {}): RatedUsageEvent {
  return usageEvent({ id: randomUUIDv7(), occurredAt: now(), costPicoUsd: String(amount), ...fields });
}

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
    await sql.query(`TRUNCATE usage_events, usage_intents, usage_writers, usage_hourly,
      budgets, budget_windows, budget_holds, reservations`);
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
    await budgets.release('ten_1', id);
    await budgets.release('ten_1', id);
    expect(await windows()).toEqual([{ spent: 25, reserved: 0 }]);
  });

  it('refuses what could exceed the limit, and holds nothing of it anywhere', async () => {
    await createBudget(1_000, { tenantId: 'ten_1' });
    const narrow = await createBudget(10, { tenantId: 'ten_1', keyId: 'key_1' });
    expect((await reserve(11)).refusedBy).toBe(narrow);
    expect((await windows()).map(({ reserved }) => reserved)).toEqual([0, 0]);
    expect((await sql.query('SELECT FROM reservations')).rowCount).toBe(0);
    expect((await reserve(10)).refusedBy).toBeNull();
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

  it('is never overrun by workers that race, and leaves less than one request unused', async () => {
    await createBudget(LIMIT, { tenantId: 'ten_1' });
    await createBudget(LIMIT * 2);
    const spent = await race(async () => {
      const { id, refusedBy } = await reserve(AMOUNT);
      if (refusedBy === null) {
        await settle(cost(AMOUNT, { reservationId: id }));
        await budgets.release('ten_1', id);
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
          'TRUNCATE usage_events, usage_intents, usage_hourly, budgets, budget_windows, budget_holds, reservations',
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
            await budgets.release('ten_1', open);
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
