import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { Page } from '../../tenants/tenant.js';
import type { RatedUsageEvent } from '../metering/usage-event.js';
import { Batches } from './batches.js';
import type { Budget, BudgetIncrease, BudgetStatus, BudgetSubject, BudgetWindowKind, Tags } from './budget.js';

/** A page of a list in the order of its ids, or from the latest on. */
export interface BudgetPageRequest {
  /** Id of the last item of the page before. */
  after?: string | undefined;
  limit: number;
}

/** What can be changed of a budget; what is absent stays. */
export type BudgetChanges = Partial<Pick<Budget, 'name' | 'limitPicoUsd' | 'thresholds'>>;

interface StatusRow extends Omit<
  BudgetStatus,
  'limitPicoUsd' | 'limitNowPicoUsd' | 'spentPicoUsd' | 'reservedPicoUsd'
> {
  limit: string | null;
  limitNow: string | null;
  spent: string;
  reserved: string;
}

interface NewReservation {
  id: string;
  writerId: string;
  picoUsd: bigint;
  /** What is recorded should the process end before any attempt is. */
  lostEvent: RatedUsageEvent;
}

/** All of a batch holds the lock of the same budgets; the ledger's commits wait for it. */
const BATCH_MAX = 50;
/** A database that does not answer for so long counts as away. */
const TIMEOUT_MS = 3_000;
const BATCH_LIMITS = { batchMax: BATCH_MAX, timeoutMs: TIMEOUT_MS };

/** Budgets, and the windows in which they are spent. */
@Injectable()
export class BudgetRepository {
  private readonly admissions = new Batches<NewReservation, string | null>(
    (key, reservations) => this.admitAll(JSON.parse(key) as BudgetSubject, reservations),
    BATCH_LIMITS,
    (key, reservations, refusals) => {
      const admitted = reservations.filter((_, index) => refusals[index] === null);
      for (const { id } of admitted) void this.releases.add(key, id).catch(() => undefined);
    },
  );
  private readonly releases = new Batches<string, void>(
    (key, ids) => this.releaseAll(JSON.parse(key) as BudgetSubject, ids),
    BATCH_LIMITS,
  );

  constructor(private readonly prisma: PrismaService) {}

  /** The budgets in force; with `tenantIds` only those of these tenants. */
  async list(tenantIds: readonly string[] | null = null): Promise<Budget[]> {
    const rows = await this.prisma.budget.findMany({
      where: { deletedAt: null, ...(tenantIds && { tenantId: { in: [...tenantIds] } }) },
      omit: { createdAt: true, deletedAt: true, version: true },
      orderBy: { id: 'asc' },
    });
    return rows.map(({ limitPicoUsd, window, tags, ...budget }) => ({
      ...budget,
      window: window as BudgetWindowKind,
      tags: tags as Tags,
      limitPicoUsd: limitPicoUsd === null ? null : BigInt(limitPicoUsd.toFixed(0)),
    }));
  }

  /** A page of the budgets in force, with what is spent and reserved in their current windows; null sees all tenants. */
  async listStatus(
    tenantIds: readonly string[] | null,
    { after, limit }: BudgetPageRequest,
  ): Promise<Page<BudgetStatus>> {
    const visible = tenantIds ? Prisma.sql`b.tenant_id = ANY(${[...tenantIds]})` : Prisma.sql`true`;
    const behind = after === undefined ? Prisma.empty : Prisma.sql`AND b.id > ${after}`;
    const found = await this.readStatus(Prisma.sql`${visible} ${behind}`, { max: limit + 1 });
    return { items: found.slice(0, limit), hasMore: found.length > limit };
  }

  /** Those of the tenant that apply to a key and, unless `models` is null, to one of these models. */
  async listOwn(
    tenantId: string,
    { keyId, tags, models }: Pick<BudgetSubject, 'keyId' | 'tags'> & { models: readonly string[] | null },
  ): Promise<BudgetStatus[]> {
    const ofModels = models ? Prisma.sql`AND (b.model = '' OR b.model = ANY(${[...models]}))` : Prisma.empty;
    return this.readStatus(Prisma.sql`b.tenant_id = ${tenantId} AND b.key_id IN ('', ${keyId})
      AND ${JSON.stringify(tags)}::jsonb @> b.tags ${ofModels}`);
  }

  async findStatus(id: string, db: Prisma.TransactionClient = this.prisma): Promise<BudgetStatus | null> {
    const [status] = await this.readStatus(Prisma.sql`b.id = ${id}`, { db });
    return status ?? null;
  }

  private async readStatus(
    condition: Prisma.Sql,
    { max = null, db = this.prisma }: { max?: number | null; db?: Prisma.TransactionClient } = {},
  ): Promise<BudgetStatus[]> {
    const rows = await db.$queryRaw<StatusRow[]>`
      SELECT b.id, b.tenant_id AS "tenantId", b.key_id AS "keyId", b.model, b.tags, b.name, b."window",
        b.time_zone AS "timeZone", b.hard, b.thresholds, b.version, b.limit_pico_usd::text AS limit,
        budget_limit_now(b.id)::text AS "limitNow", s.start AS "windowStart",
        budget_window_end(b."window", b.time_zone, s.start) AS "windowEnd",
        coalesce(w.spent, 0)::text AS spent, coalesce(w.reserved, 0)::text AS reserved,
        ARRAY(SELECT a.kind::integer FROM budget_alerts a
          WHERE a.budget_id = b.id AND a.window_start = s.start AND a.kind <> 'refused' ORDER BY 1) AS "reachedThresholds"
      FROM budgets b
      CROSS JOIN LATERAL (SELECT budget_window_start(b."window", b.time_zone, now()) AS start) s
      LEFT JOIN budget_windows w ON w.budget_id = b.id AND w.window_start = s.start
      WHERE b.deleted_at IS NULL AND ${condition} ORDER BY b.id LIMIT ${max}::integer`;
    return rows.map(({ limit, limitNow, spent, reserved, ...budget }) => ({
      ...budget,
      limitPicoUsd: limit === null ? null : BigInt(limit),
      limitNowPicoUsd: limitNow === null ? null : BigInt(limitNow),
      spentPicoUsd: BigInt(spent),
      reservedPicoUsd: BigInt(reserved),
    }));
  }

  /** Creates a budget whose current window already holds what it has cost so far. */
  async create({ limitPicoUsd, tags, ...budget }: Budget, db: Prisma.TransactionClient): Promise<void> {
    const limit = limitPicoUsd?.toString() ?? null;
    // An event that is being written must either be in the sum below or see the new budget.
    await db.$executeRaw`LOCK TABLE usage_events IN SHARE ROW EXCLUSIVE MODE`;
    await db.budget.create({ data: { ...budget, tags, limitPicoUsd: limit } });
    await db.$executeRaw`
      INSERT INTO budget_windows (budget_id, window_start, spent, reserved)
      SELECT ${budget.id}, s.start,
        budget_spent_before(${budget.tenantId}, ${budget.keyId}, ${budget.model}, ${JSON.stringify(tags)}::jsonb, s.start), 0
      FROM (SELECT budget_window_start(${budget.window}, ${budget.timeZone}, now()) AS start) s`;
    await this.raiseThresholds(budget.id, db);
  }

  /** Keeps others from changing a budget until the transaction ends. */
  async lock(id: string, db: Prisma.TransactionClient): Promise<void> {
    await db.$executeRaw`SELECT FROM budgets WHERE id = ${id} FOR NO KEY UPDATE`;
  }

  /** What is spent already stays, also above a new limit. */
  async update(id: string, changes: BudgetChanges, db: Prisma.TransactionClient): Promise<void> {
    const { limitPicoUsd, ...others } = changes;
    const limit = limitPicoUsd === undefined ? {} : { limitPicoUsd: limitPicoUsd?.toString() ?? null };
    await db.budget.update({ where: { id }, data: { ...others, ...limit, version: { increment: 1 } } });
    await this.raiseThresholds(id, db);
  }

  async delete(id: string, db: Prisma.TransactionClient): Promise<void> {
    await db.budget.update({ where: { id }, data: { deletedAt: new Date() } });
  }

  /**
   * A page of the increases of a budget, the latest first; those that have ended included.
   * @throws GatewayError 400 when `after` is none of them
   */
  async listIncreases(budgetId: string, { after, limit }: BudgetPageRequest): Promise<Page<BudgetIncrease>> {
    if (after !== undefined && (await this.prisma.budgetIncrease.count({ where: { budgetId, id: after } })) === 0) {
      throw invalidRequest('after', 'after must be the id of an increase of this budget.');
    }
    const rows = await this.prisma.budgetIncrease.findMany({
      where: { budgetId },
      omit: { budgetId: true },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      ...(after !== undefined && { cursor: { id: after }, skip: 1 }),
      take: limit + 1,
    });
    return { items: rows.slice(0, limit).map(toIncrease), hasMore: rows.length > limit };
  }

  /** Null when it would end at once by the clock of the database. */
  async createIncrease(
    budgetId: string,
    increase: Pick<BudgetIncrease, 'id' | 'amountPicoUsd' | 'reason' | 'createdBy' | 'endsAt'>,
    db: Prisma.TransactionClient,
  ): Promise<BudgetIncrease | null> {
    const { id, amountPicoUsd, reason, createdBy, endsAt } = increase;
    const created = await db.$executeRaw`
      INSERT INTO budget_increases (id, budget_id, amount_pico_usd, reason, created_by, ends_at)
      SELECT ${id}, ${budgetId}, ${amountPicoUsd.toString()}::numeric, ${reason}, ${createdBy}, ${endsAt}
      WHERE ${endsAt} > clock_timestamp()`;
    return created === 1
      ? toIncrease(await db.budgetIncrease.findUniqueOrThrow({ where: { id }, omit: { budgetId: true } }))
      : null;
  }

  /** Ends an increase now. Null when the budget has no such increase. */
  async cancelIncrease(budgetId: string, id: string, db: Prisma.TransactionClient): Promise<BudgetIncrease | null> {
    await db.$executeRaw`
      UPDATE budget_increases SET cancelled_at = now()
      WHERE budget_id = ${budgetId} AND id = ${id} AND cancelled_at IS NULL`;
    await this.raiseThresholds(budgetId, db);
    const increase = await db.budgetIncrease.findFirst({ where: { budgetId, id }, omit: { budgetId: true } });
    return increase && toIncrease(increase);
  }

  /** A lower limit may have reached thresholds without a cost. */
  private async raiseThresholds(id: string, db: Prisma.TransactionClient): Promise<void> {
    await db.$executeRaw`
      SELECT budget_raise_thresholds(id, budget_window_start("window", time_zone, now())) FROM budgets WHERE id = ${id}`;
  }

  /**
   * Null when every hard budget that applies took the amount; otherwise the id of one that did not, and none did. Calls of
   * one subject share a transaction, since each would wait for the lock of the same budgets until the one before is durable.
   * @throws Late when the database does not answer; what it holds all the same is given back when it does
   */
  admit(reservation: NewReservation, subject: BudgetSubject): Promise<string | null> {
    return this.admissions.add(toKey(subject), reservation);
  }

  /** Gives back what is left of a reservation, to which its subject belongs. */
  release(subject: BudgetSubject, reservationId: string): Promise<void> {
    return this.releases.add(toKey(subject), reservationId);
  }

  private async admitAll(
    { tenantId, keyId, model, tags }: BudgetSubject,
    reservations: readonly NewReservation[],
  ): Promise<(string | null)[]> {
    const list = reservations.map(({ picoUsd, ...reservation }) => ({ ...reservation, amount: picoUsd.toString() }));
    const rows = await this.prisma.$queryRaw<{ refused: string | null }[]>`
      SELECT budget_admit(r.id, r."writerId", ${tenantId}, ${keyId}, ${model}, ${JSON.stringify(tags)}::jsonb,
        r.amount, r."lostEvent") AS refused
      FROM ROWS FROM (json_to_recordset(${JSON.stringify(list)}::json)
        AS (id uuid, "writerId" uuid, amount numeric, "lostEvent" jsonb)) WITH ORDINALITY AS r(id, "writerId", amount, "lostEvent", place)
      ORDER BY r.place`;
    return rows.map((row) => row.refused);
  }

  /** Their windows first, in the order of all who lock them: calls of two days, or from before a budget was there, hold others. */
  private async releaseAll({ tenantId }: BudgetSubject, ids: readonly string[]): Promise<void[]> {
    await this.prisma.$executeRaw`
      WITH held AS MATERIALIZED (
        SELECT DISTINCT budget_id, window_start FROM budget_holds WHERE reservation_id = ANY(${[...ids]}::uuid[]) ORDER BY 1, 2
      ),
      locked AS MATERIALIZED (SELECT budget_lock_window(budget_id, window_start) FROM held)
      SELECT budget_release(${tenantId}, id) FROM unnest(${[...ids]}::uuid[]) AS id
      WHERE (SELECT count(*) FROM locked) IS NOT NULL`;
    return ids.map(() => undefined);
  }
}

function toKey({ tenantId, keyId, model, tags }: BudgetSubject): string {
  return JSON.stringify({ tenantId, keyId, model, tags });
}

function toIncrease({
  amountPicoUsd,
  ...increase
}: Omit<BudgetIncrease, 'amountPicoUsd'> & { amountPicoUsd: Prisma.Decimal }): BudgetIncrease {
  return { ...increase, amountPicoUsd: BigInt(amountPicoUsd.toFixed(0)) };
}
