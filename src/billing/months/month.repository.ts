import { Injectable } from '@nestjs/common';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { LockedMonth } from './locked-month.js';

/** Any constant serves: months are locked by one at a time. */
const MONTHS_LOCK = 7_214_600_309;

/** The months that are locked. The database itself refuses to change their events. */
@Injectable()
export class MonthRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** At most `limit` from before a month on, the latest first; null: from the last one on. */
  async list(before: Date | null, limit: number, db: Prisma.TransactionClient = this.prisma): Promise<LockedMonth[]> {
    const since = before === null ? Prisma.empty : Prisma.sql`WHERE m.month < ${before}`;
    return db.$queryRaw<LockedMonth[]>`
      SELECT m.month, m.locked_at AS "lockedAt", m.locked_by AS "lockedBy",
        (SELECT count(*)::integer FROM late_usage_events l
          WHERE l.belongs_at >= m.month AND l.belongs_at < usage_month_after(m.month, 1)) AS "lateEvents",
        (SELECT count(*)::integer FROM usage_adjustments a
          WHERE a.event_at >= m.month AND a.event_at < usage_month_after(m.month, 1)
            AND a.landed_at >= usage_month_after(m.month, 1)) AS adjustments
      FROM locked_months m ${since} ORDER BY m.month DESC LIMIT ${limit}`;
  }

  /** Waits for those who are writing events of the month, and before that for others who lock: a month may need its partition first. */
  async lock(
    month: Date,
    operatorId: string,
    db: Prisma.TransactionClient,
  ): Promise<'locked' | 'was_locked' | 'not_over'> {
    await db.$executeRaw`SELECT pg_advisory_xact_lock(${MONTHS_LOCK})`;
    const [row] = await db.$queryRaw<{ result: 'locked' | 'was_locked' | 'not_over' }[]>`
      SELECT usage_close_month(${month}, ${operatorId}) AS result`;
    return row?.result ?? 'was_locked';
  }

  /** Answers false for a month that is not locked. */
  async unlock(month: Date, db: Prisma.TransactionClient): Promise<boolean> {
    const [row] = await db.$queryRaw<{ unlocked: boolean }[]>`SELECT usage_reopen_month(${month}) AS unlocked`;
    return row?.unlocked ?? false;
  }
}
