import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges } from '../../audit/admin-changes.js';
import { notFound } from '../../common/errors/gateway-error.js';
import { toUsd } from '../pricing/money.js';
import type { Budget, BudgetStatus } from './budget.js';
import { BudgetBook } from './budget-book.js';
import { BudgetRepository } from './budget.repository.js';

const budgetNotFound = () => notFound('No budget has this id.', 'budget_not_found');

/** What operators do with budgets. Every change is in force on this replica at once, on others within seconds. */
@Injectable()
export class BudgetService {
  constructor(
    private readonly repository: BudgetRepository,
    private readonly book: BudgetBook,
    private readonly changes: AdminChanges,
  ) {}

  /** Those of the tenants that the reader may see; null sees all. */
  list(visible: readonly string[] | null): Promise<BudgetStatus[]> {
    return this.repository.listStatus(visible);
  }

  async create(fields: Omit<Budget, 'id'>, actor: Actor): Promise<BudgetStatus> {
    const budget = { ...fields, id: `bud_${randomUUID().replaceAll('-', '')}` };
    const id = await this.changes.run(actor, async ({ db, record }) => {
      await this.repository.create(budget, db);
      record(toRecord('budget.create', budget, null, toAudited(budget)));
      return budget.id;
    });
    return this.changed(id);
  }

  /** Throws 404 when there is no such budget. */
  async setLimit(id: string, limitPicoUsd: bigint | null, actor: Actor): Promise<BudgetStatus> {
    const before = await this.get(id);
    await this.changes.run(actor, async ({ db, record }) => {
      if (!(await this.repository.setLimit(id, limitPicoUsd, db))) {
        throw budgetNotFound();
      }
      record(toRecord('budget.update', before, toAudited(before), toAudited({ ...before, limitPicoUsd })));
    });
    return this.changed(id);
  }

  /** Throws 404 when there is no such budget. */
  async delete(id: string, actor: Actor): Promise<void> {
    const before = await this.get(id);
    await this.changes.run(actor, async ({ db, record }) => {
      if (!(await this.repository.delete(id, db))) {
        throw budgetNotFound();
      }
      record(toRecord('budget.delete', before, toAudited(before), null));
    });
    await this.book.reload();
  }

  private async changed(id: string): Promise<BudgetStatus> {
    await this.book.reload();
    return this.get(id);
  }

  private async get(id: string): Promise<BudgetStatus> {
    const budget = (await this.repository.listStatus(null)).find((status) => status.id === id);
    if (!budget) {
      throw budgetNotFound();
    }
    return budget;
  }
}

function toAudited({ name, tenantId, keyId, model, window, timeZone, hard, limitPicoUsd }: Budget): object {
  const limitUsd = limitPicoUsd === null ? null : toUsd(limitPicoUsd);
  return { name, tenantId, keyId, model, window, timeZone, hard, limitUsd };
}

function toRecord(action: string, budget: Budget, before: object | null, after: object | null) {
  return {
    action,
    resourceType: 'budget',
    resourceId: budget.id,
    tenantId: budget.tenantId || null,
    before,
    after,
  };
}
