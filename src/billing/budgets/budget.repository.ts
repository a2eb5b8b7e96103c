import { Injectable } from '@nestjs/common';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { RatedUsageEvent } from '../metering/usage-event.js';
import type { Budget, BudgetStatus, BudgetSubject, BudgetWindowKind } from './budget.js';

type StatusRow = Omit<BudgetStatus, 'limitPicoUsd' | 'spentPicoUsd' | 'reservedPicoUsd'> & {
  limit: string | null;
  spent: string;
  reserved: string;
};

/** Budgets, and the windows in which they are spent. */
@Injectable()
export class BudgetRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** The budgets in force; with `tenantIds` only those of these tenants. */
  async list(tenantIds: readonly string[] | null = null): Promise<Budget[]> {
    const rows = await this.prisma.budget.findMany({
      where: { deletedAt: null, ...(tenantIds && { tenantId: { in: [...tenantIds] } }) },
      omit: { createdAt: true, deletedAt: true },
      orderBy: { id: 'asc' },
    });
    return rows.map(({ limitPicoUsd, window, ...budget }) => ({
      ...budget,
      window: window as BudgetWindowKind,
      limitPicoUsd: limitPicoUsd === null ? null : BigInt(limitPicoUsd.toFixed(0)),
    }));
  }

  /** The budgets in force with what is spent and reserved in their current windows. */
  async listStatus(tenantIds: readonly string[] | null): Promise<BudgetStatus[]> {
    const visible = tenantIds ? Prisma.sql`AND b.tenant_id = ANY(${[...tenantIds]})` : Prisma.empty;
    const rows = await this.prisma.$queryRaw<StatusRow[]>`
      SELECT b.id, b.tenant_id AS "tenantId", b.key_id AS "keyId", b.model, b.name, b."window",
        b.time_zone AS "timeZone", b.hard, b.limit_pico_usd::text AS limit, s.start AS "windowStart",
        coalesce(w.spent, 0)::text AS spent, coalesce(w.reserved, 0)::text AS reserved
      FROM budgets b
      CROSS JOIN LATERAL (SELECT budget_window_start(b."window", b.time_zone, now()) AS start) s
      LEFT JOIN budget_windows w ON w.budget_id = b.id AND w.window_start = s.start
      WHERE b.deleted_at IS NULL ${visible} ORDER BY b.id`;
    return rows.map(({ limit, spent, reserved, ...budget }) => ({
      ...budget,
      limitPicoUsd: limit === null ? null : BigInt(limit),
      spentPicoUsd: BigInt(spent),
      reservedPicoUsd: BigInt(reserved),
    }));
  }

  /** Creates a budget whose current window already holds what it has cost so far. */
  async create({ limitPicoUsd, ...budget }: Budget, db: Prisma.TransactionClient): Promise<void> {
    const limit = limitPicoUsd?.toString() ?? null;
    // An event that is being written must either be in the sum below or see the new budget.
    await db.$executeRaw`LOCK TABLE usage_events IN SHARE ROW EXCLUSIVE MODE`;
    await db.budget.create({ data: { ...budget, limitPicoUsd: limit } });
    await db.$executeRaw`
      INSERT INTO budget_windows (budget_id, window_start, limit_pico_usd, ceiling, spent, reserved)
      SELECT ${budget.id}, s.start, ${limit}::numeric,
        CASE WHEN ${limit}::numeric IS NOT NULL THEN greatest(${limit}::numeric, before.spent) END, before.spent, 0
      FROM (SELECT budget_window_start(${budget.window}, ${budget.timeZone}, now()) AS start) s
      CROSS JOIN LATERAL (
        SELECT budget_spent_before(${budget.tenantId}, ${budget.keyId}, ${budget.model}, s.start) AS spent
      ) before`;
  }

  /** Answers false when there is no such budget. What is spent already stays, also above the new limit. */
  async setLimit(id: string, limitPicoUsd: bigint | null, db: Prisma.TransactionClient): Promise<boolean> {
    const limit = limitPicoUsd?.toString() ?? null;
    const { count } = await db.budget.updateMany({ where: { id, deletedAt: null }, data: { limitPicoUsd: limit } });
    await db.$executeRaw`
      UPDATE budget_windows SET limit_pico_usd = ${limit}::numeric,
        ceiling = CASE WHEN ${limit}::numeric IS NOT NULL THEN greatest(${limit}::numeric, spent + reserved) END
      WHERE budget_id = ${id}`;
    return count === 1;
  }

  /** Answers false when there is no such budget. */
  async delete(id: string, db: Prisma.TransactionClient): Promise<boolean> {
    const { count } = await db.budget.updateMany({ where: { id, deletedAt: null }, data: { deletedAt: new Date() } });
    return count === 1;
  }

  /** Null when every hard budget that applies took the amount; otherwise the id of one that did not, and none did. */
  async admit(
    reservation: { id: string; writerId: string; picoUsd: bigint; lostEvent: RatedUsageEvent },
    { tenantId, keyId, model }: BudgetSubject,
  ): Promise<string | null> {
    const { id, writerId, picoUsd, lostEvent } = reservation;
    const rows = await this.prisma.$queryRaw<{ refused: string | null }[]>`
      SELECT budget_admit(${id}::uuid, ${writerId}::uuid, ${tenantId}, ${keyId}, ${model}, ${picoUsd.toString()}::numeric,
        ${JSON.stringify(lostEvent)}::jsonb) AS refused`;
    return rows[0]?.refused ?? null;
  }

  async release(tenantId: string, reservationId: string): Promise<void> {
    await this.prisma.$executeRaw`SELECT budget_release(${tenantId}, ${reservationId}::uuid)`;
  }
}
