import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges, type ChangeTransaction } from '../../audit/admin-changes.js';
import { invalidRequest, notFound, permissionDenied } from '../../common/errors/gateway-error.js';
import { requireVersion } from '../../tenants/expected-version.js';
import { requireTenants } from '../../tenants/require-owner.js';
import type { Page } from '../../tenants/tenant.js';
import type { AdminRole } from '../principal.js';
import { mayGrant } from '../roles.js';
import { createSecret, randomLetters, secretHint } from '../secrets/secret-format.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import type { AdminKey, IssuedAdminKey, NewAdminKey } from './admin-key.js';
import { AdminKeyRepository } from './admin-key.repository.js';

export const adminKeyNotFound = () => notFound('No admin key has this id.', 'admin_key_not_found');

/** Operators' keys. Nobody can give, change or take back a role that reaches further than their own. */
@Injectable()
export class AdminKeyService {
  constructor(
    private readonly keys: AdminKeyRepository,
    private readonly hasher: SecretHasher,
    private readonly changes: AdminChanges,
  ) {}

  async create(key: NewAdminKey, actor: Actor): Promise<IssuedAdminKey> {
    return this.changes.run(actor, (transaction) => this.createIn(transaction, key, actor));
  }

  /** The same as part of a larger change. */
  async createIn({ db, record }: ChangeTransaction, key: NewAdminKey, actor: Actor): Promise<IssuedAdminKey> {
    requireGrant(actor, key.role);
    if ((key.role === 'tenant_admin') !== key.tenantIds.length > 0) {
      throw invalidRequest('tenant_ids', 'tenant_ids must name the tenants of a tenant_admin, and of no other role.');
    }
    await requireTenants('tenant_ids', key.tenantIds, db);
    const secret = createSecret('ak');
    const id = `admin_key_${randomLetters(22)}`;
    const hash = this.hasher.adminKey(secret);
    const after = await this.keys.create({ ...key, id, createdBy: actor.operator.id, hash, ...secretHint(secret) }, db);
    record({ ...ofKey(id), action: 'admin_key.create', before: null, after });
    return { key: after, secret };
  }

  async list(request: { after?: string; limit: number }): Promise<Page<AdminKey>> {
    return this.keys.list(request);
  }

  async get(id: string): Promise<AdminKey> {
    const key = await this.keys.find(id);
    if (!key) throw adminKeyNotFound();
    return key;
  }

  async update(
    id: string,
    changes: { name?: string; expiresAt?: Date | null },
    expected: number | null,
    actor: Actor,
  ): Promise<AdminKey> {
    return this.change(id, 'admin_key.update', expected, changes, actor);
  }

  /** Ends the key: at once in this process, within a second on every replica. */
  async revoke(id: string, actor: Actor): Promise<AdminKey> {
    return this.change(id, 'admin_key.revoke', null, { revokedAt: new Date() }, actor);
  }

  private async change(
    id: string,
    action: string,
    expected: number | null,
    changes: { name?: string; expiresAt?: Date | null; revokedAt?: Date },
    actor: Actor,
  ): Promise<AdminKey> {
    return this.changes.run(actor, async ({ db, record }) => {
      const before = await this.keys.findForUpdate(id, db);
      if (!before) throw adminKeyNotFound();
      requireGrant(actor, before.role);
      requireVersion(before.version, expected);
      if (before.revokedAt && changes.revokedAt) return before;
      const after = await this.keys.update(id, changes, db);
      record({ ...ofKey(id), action, before, after });
      return after;
    });
  }
}

function requireGrant({ operator }: Actor, role: AdminRole): void {
  if (!mayGrant(operator, role)) throw permissionDenied(`Your role may not manage keys with the role ${role}.`);
}

function ofKey(id: string) {
  return { resourceType: 'admin_key', resourceId: id, tenantId: null };
}
