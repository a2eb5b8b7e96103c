import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges } from '../../audit/admin-changes.js';
import type { AuditRecord } from '../../audit/audit-entry.js';
import { randomLetters } from '../../auth/secrets/secret-format.js';
import { notFound } from '../../common/errors/gateway-error.js';
import { requireVersion } from '../../tenants/expected-version.js';
import { requireOwner } from '../../tenants/require-owner.js';
import { LimitBook } from './limit-book.js';
import type { LimitRule, RateLimit } from './rate-limit.js';
import { RateLimitRepository } from './rate-limit.repository.js';

/** Same for a limit that does not exist and for one that the caller may not see. */
export const rateLimitNotFound = () => notFound('No rate limit has this id.', 'rate_limit_not_found');

/** What operators do with rate limits. A change is in force here at once, on every replica within a second. */
@Injectable()
export class RateLimitService {
  constructor(
    private readonly repository: RateLimitRepository,
    private readonly book: LimitBook,
    private readonly changes: AdminChanges,
  ) {}

  /** Those of the tenants that the reader may see; null sees all. */
  list(visible: readonly string[] | null, page: Parameters<RateLimitRepository['list']>[1]) {
    return this.repository.list(visible, page);
  }

  /** Throws a 404 when there is none, or the reader may not see it. */
  async get(visible: readonly string[] | null, id: string): Promise<RateLimit> {
    const limit = await this.repository.find(id);
    if (!limit || (visible && !visible.includes(limit.tenantId))) throw rateLimitNotFound();
    return limit;
  }

  /** Throws a 400 for a tenant or key that does not exist, a 409 when there is such a limit already. */
  async create(rule: LimitRule, actor: Actor): Promise<RateLimit> {
    const created = await this.changes.run(actor, async ({ db, record }) => {
      await requireOwner(rule, db);
      const after = await this.repository.create(`rl_${randomLetters(22)}`, rule, db);
      record(toRecord('rate_limit.create', after, null, after));
      return after;
    });
    await this.book.reload();
    return created;
  }

  async setAmount(id: string, amount: number | null, expected: number | null, actor: Actor): Promise<RateLimit> {
    const changed = await this.changes.run(actor, async ({ db, record }) => {
      const before = await this.repository.findForUpdate(id, db);
      if (!before) throw rateLimitNotFound();
      requireVersion(before.version, expected);
      const after = await this.repository.setAmount(id, amount, db);
      record(toRecord('rate_limit.update', after, before, after));
      return after;
    });
    await this.book.reload();
    return changed;
  }

  async delete(id: string, expected: number | null, actor: Actor): Promise<void> {
    await this.changes.run(actor, async ({ db, record }) => {
      const before = await this.repository.findForUpdate(id, db);
      if (!before) throw rateLimitNotFound();
      requireVersion(before.version, expected);
      await this.repository.delete(id, db);
      record(toRecord('rate_limit.delete', before, before, null));
    });
    await this.book.reload();
  }
}

function toRecord(action: string, limit: RateLimit, before: RateLimit | null, after: RateLimit | null): AuditRecord {
  return {
    action,
    resourceType: 'rate_limit',
    resourceId: limit.id,
    tenantId: limit.tenantId || null,
    before,
    after,
  };
}
