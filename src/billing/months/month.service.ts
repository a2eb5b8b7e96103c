import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges } from '../../audit/admin-changes.js';
import { invalidRequest, notFound } from '../../common/errors/gateway-error.js';
import type { Prisma } from '../../database/generated/client.js';
import type { Page } from '../../tenants/tenant.js';
import type { LockedMonth } from './locked-month.js';
import { MonthRepository } from './month.repository.js';

/** `YYYY-MM` of a month in UTC. */
export function toMonthName(month: Date): string {
  return month.toISOString().slice(0, 7);
}

/** Locks months, after which nothing changes their events. What belongs to them and comes later lands in the current month. */
@Injectable()
export class MonthService {
  constructor(
    private readonly repository: MonthRepository,
    private readonly changes: AdminChanges,
  ) {}

  /** A page of the locked months from before a month on, the latest first. */
  async list({ after, limit }: { after?: Date | undefined; limit: number }): Promise<Page<LockedMonth>> {
    const found = await this.repository.list(after ?? null, limit + 1);
    return { items: found.slice(0, limit), hasMore: found.length > limit };
  }

  /** Throws 400 for a month that is not over by the clock of the database. Repeating it changes nothing. */
  async lock(month: Date, actor: Actor): Promise<LockedMonth> {
    return this.changes.run(actor, async ({ db, record }) => {
      const result = await this.repository.lock(month, actor.operator.id, db);
      if (result === 'not_over') {
        throw invalidRequest('month', 'Only a month that is over (UTC) can be locked.', 'month_not_over');
      }
      if (result === 'locked') {
        record(toRecord('month.lock', month));
      }
      return this.get(month, db);
    });
  }

  /** Throws 404 for a month that is not locked. */
  async unlock(month: Date, actor: Actor): Promise<void> {
    await this.changes.run(actor, async ({ db, record }) => {
      if (!(await this.repository.unlock(month, db))) throw monthNotLocked();
      record(toRecord('month.unlock', month));
    });
  }

  private async get(month: Date, db: Prisma.TransactionClient): Promise<LockedMonth> {
    const [found] = await this.repository.list(new Date(month.getTime() + 1), 1, db);
    if (found?.month.getTime() !== month.getTime()) throw monthNotLocked();
    return found;
  }
}

const monthNotLocked = () => notFound('This month is not locked.', 'month_not_locked');

function toRecord(action: string, month: Date) {
  const locked = { month: toMonthName(month), locked: action === 'month.lock' };
  return {
    action,
    resourceType: 'month',
    resourceId: toMonthName(month),
    tenantId: null,
    before: { ...locked, locked: !locked.locked },
    after: locked,
  };
}
