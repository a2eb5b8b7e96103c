import { Injectable } from '@nestjs/common';
import type { Actor } from '../audit/actor.js';
import { AdminChanges, type ChangeTransaction } from '../audit/admin-changes.js';
import type { AuditRecord } from '../audit/audit-entry.js';
import { randomLetters } from '../auth/secrets/secret-format.js';
import { notFound } from '../common/errors/gateway-error.js';
import { requireVersion } from '../tenants/expected-version.js';
import type { Page } from '../tenants/tenant.js';
import { type AccountQuota, type NewQuota, QUOTA_RESOURCE, type QuotaAmounts } from './account-quota.js';
import { AccountQuotaRepository } from './account-quota.repository.js';
import { QuotaBook } from './quota-book.js';

export const quotaNotFound = () => notFound('No quota has this id.', 'quota_not_found');

/** What operators do with quotas. A change is in force here at once, on every replica within a second. */
@Injectable()
export class AccountQuotaService {
  constructor(
    private readonly quotas: AccountQuotaRepository,
    private readonly book: QuotaBook,
    private readonly changes: AdminChanges,
  ) {}

  /** @throws GatewayError 400 */
  list(page: { after?: string | undefined; limit: number }): Promise<Page<AccountQuota>> {
    return this.quotas.list(page);
  }

  /** @throws GatewayError 404 */
  async get(id: string): Promise<AccountQuota> {
    const quota = await this.quotas.find(id);
    if (!quota) throw quotaNotFound();
    return quota;
  }

  /** @throws GatewayError 409 when the model has a quota in this region */
  async create(quota: NewQuota, actor: Actor): Promise<AccountQuota> {
    return this.inForce(actor, async ({ db, record }) => {
      const after = await this.quotas.create(`quota_${randomLetters(22)}`, quota, db);
      record(toRecord('account_quota.create', after.id, null, after));
      return after;
    });
  }

  /** @throws GatewayError 404; 412 when it was changed since it was read */
  async update(
    id: string,
    amounts: Partial<QuotaAmounts>,
    expected: number | null,
    actor: Actor,
  ): Promise<AccountQuota> {
    return this.inForce(actor, async (transaction) => {
      const before = await this.lock(id, expected, transaction);
      const after = await this.quotas.update(id, amounts, transaction.db);
      transaction.record(toRecord('account_quota.update', id, before, after));
      return after;
    });
  }

  /** @throws GatewayError 404; 412 when it was changed since it was read */
  async delete(id: string, expected: number | null, actor: Actor): Promise<void> {
    await this.inForce(actor, async (transaction) => {
      const before = await this.lock(id, expected, transaction);
      await this.quotas.delete(id, transaction.db);
      transaction.record(toRecord('account_quota.delete', id, before, null));
    });
  }

  private async lock(id: string, expected: number | null, { db }: ChangeTransaction): Promise<AccountQuota> {
    const before = await this.quotas.findForUpdate(id, db);
    if (!before) throw quotaNotFound();
    requireVersion(before.version, expected);
    return before;
  }

  private async inForce<T>(actor: Actor, work: (transaction: ChangeTransaction) => Promise<T>): Promise<T> {
    const answer = await this.changes.run(actor, work);
    await this.book.reload();
    return answer;
  }
}

function toRecord(
  action: string,
  resourceId: string,
  before: AccountQuota | null,
  after: AccountQuota | null,
): AuditRecord {
  return { action, resourceType: QUOTA_RESOURCE, resourceId, tenantId: null, before, after };
}
