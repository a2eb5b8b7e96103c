import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges, type ChangeTransaction } from '../../audit/admin-changes.js';
import { invalidRequest, notFound } from '../../common/errors/gateway-error.js';
import { requireVersion } from '../../tenants/expected-version.js';
import { requireOwner } from '../../tenants/require-owner.js';
import type { Page } from '../../tenants/tenant.js';
import { toUsd } from '../pricing/money.js';
import type { Budget, BudgetIncrease, BudgetStatus, BudgetSubject } from './budget.js';
import { BudgetBook } from './budget-book.js';
import { type BudgetChanges, type BudgetPageRequest, BudgetRepository } from './budget.repository.js';

export const budgetNotFound = () => notFound('No budget has this id.', 'budget_not_found');
export const increaseNotFound = () => notFound('This budget has no increase of this id.', 'budget_increase_not_found');

const newId = (kind: string) => `${kind}_${randomUUID().replaceAll('-', '')}`;

/** What operators do with budgets. Every change is in force on this replica at once, on others within a second. */
@Injectable()
export class BudgetService {
  constructor(
    private readonly repository: BudgetRepository,
    private readonly book: BudgetBook,
    private readonly changes: AdminChanges,
  ) {}

  /** Those of the tenants that the reader may see; null sees all. */
  list(visible: readonly string[] | null, page: BudgetPageRequest): Promise<Page<BudgetStatus>> {
    return this.repository.listStatus(visible, page);
  }

  /** The tenant's own budgets that apply to a key and, unless `models` is null, to one of these models. */
  listOwn(
    tenantId: string,
    subject: Pick<BudgetSubject, 'keyId' | 'tags'> & { models: readonly string[] | null },
  ): Promise<BudgetStatus[]> {
    return this.repository.listOwn(tenantId, subject);
  }

  /** Throws 404 when there is no such budget, or none that the reader may see. */
  async get(visible: readonly string[] | null, id: string): Promise<BudgetStatus> {
    const budget = await this.repository.findStatus(id);
    if (!budget || (visible && !visible.includes(budget.tenantId))) {
      throw budgetNotFound();
    }
    return budget;
  }

  /** Throws 400 for a tenant or key that does not exist. */
  async create(fields: Omit<Budget, 'id'>, actor: Actor): Promise<BudgetStatus> {
    const budget = { ...fields, id: newId('bud') };
    const created = await this.changes.run<BudgetStatus | string | null>(actor, async ({ db, record }) => {
      await requireOwner(budget, db);
      await this.repository.create(budget, db);
      record(toRecord('budget.create', budget, null, toAudited(budget)));
      return this.repository.findStatus(budget.id, db);
    });
    await this.book.reload();
    // Earlier releases kept the id alone under an Idempotency-Key, for a day.
    if (typeof created === 'string') return this.get(null, created);
    if (!created) throw budgetNotFound();
    return created;
  }

  /** Throws 404 when there is no such budget, 412 when it is not of the expected version. */
  async update(id: string, changes: BudgetChanges, expected: number | null, actor: Actor): Promise<BudgetStatus> {
    await this.change(id, expected, actor, async (before, { db, record }) => {
      await this.repository.update(id, changes, db);
      record(toRecord('budget.update', before, toAudited(before), toAudited({ ...before, ...changes })));
    });
    return this.changed(id);
  }

  /** Throws as `update`. */
  async delete(id: string, expected: number | null, actor: Actor): Promise<void> {
    await this.change(id, expected, actor, async (before, { db, record }) => {
      await this.repository.delete(id, db);
      record(toRecord('budget.delete', before, toAudited(before), null));
    });
    await this.book.reload();
  }

  /** Throws 404 as `get`, 400 when `after` is no increase of it. */
  async listIncreases(
    visible: readonly string[] | null,
    id: string,
    page: BudgetPageRequest,
  ): Promise<Page<BudgetIncrease>> {
    await this.get(visible, id);
    return this.repository.listIncreases(id, page);
  }

  /** Throws 404 when there is no such budget, 400 when it has no limit or the end is past by the database's clock. */
  async increase(
    id: string,
    fields: Pick<BudgetIncrease, 'amountPicoUsd' | 'reason' | 'endsAt'>,
    actor: Actor,
  ): Promise<BudgetIncrease> {
    return this.change(id, null, actor, async (budget, { db, record }) => {
      if (budget.limitPicoUsd === null) {
        throw invalidRequest('amount_usd', 'This budget is unlimited already.');
      }
      const increase = { ...fields, id: newId('inc'), createdBy: actor.operator.id };
      const created = await this.repository.createIncrease(id, increase, db);
      if (!created) {
        throw invalidRequest('until', 'This time is over.');
      }
      record(toRecord('budget.increase', budget, null, toAuditedIncrease(created)));
      return created;
    });
  }

  /** Ends an increase before its time. Throws 404 when there is none of this id. */
  async cancelIncrease(id: string, increaseId: string, actor: Actor): Promise<BudgetIncrease> {
    return this.change(id, null, actor, async (budget, { db, record }) => {
      const cancelled = await this.repository.cancelIncrease(id, increaseId, db);
      if (!cancelled) {
        throw increaseNotFound();
      }
      record(toRecord('budget.cancel_increase', budget, toAuditedIncrease(cancelled), null));
      return cancelled;
    });
  }

  private async change<T>(
    id: string,
    expected: number | null,
    actor: Actor,
    work: (before: BudgetStatus, transaction: ChangeTransaction) => Promise<T>,
  ): Promise<T> {
    return this.changes.run(actor, async (transaction) => {
      await this.repository.lock(id, transaction.db);
      const before = await this.repository.findStatus(id, transaction.db);
      if (!before) {
        throw budgetNotFound();
      }
      requireVersion(before.version, expected);
      return work(before, transaction);
    });
  }

  private async changed(id: string): Promise<BudgetStatus> {
    await this.book.reload();
    return this.get(null, id);
  }
}

function toAudited({ limitPicoUsd, ...budget }: Budget): object {
  const { name, tenantId, keyId, model, tags, window, timeZone, hard, thresholds } = budget;
  const limitUsd = limitPicoUsd === null ? null : toUsd(limitPicoUsd);
  return { name, tenantId, keyId, model, tags, window, timeZone, hard, limitUsd, thresholds };
}

function toAuditedIncrease({ id, amountPicoUsd, reason, endsAt }: BudgetIncrease): object {
  return { increaseId: id, amountUsd: toUsd(amountPicoUsd), reason, until: endsAt.toISOString() };
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
