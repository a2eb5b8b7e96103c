import { Injectable } from '@nestjs/common';
import { SYSTEM_ACTOR } from '../audit/actor.js';
import { AdminChanges } from '../audit/admin-changes.js';
import { AdminKeyService } from '../auth/admin-keys/admin-key.service.js';
import { whenReachable, type DatabaseWait } from '../database/when-reachable.js';
import { ApiKeyService } from '../tenants/keys/api-key.service.js';
import { TenantService } from '../tenants/tenant.service.js';

/** What a new installation needs to begin with; both secrets are shown only now. */
export interface FirstCredentials {
  adminKey: string;
  tenantId: string;
  tenantKey: string;
}

/** Any constant serves: it keeps replicas that start together from each being the first. */
const FIRST_RUN_LOCK = 7_214_600_303;

/** Sets up a database that has never had a tenant or an admin key. */
@Injectable()
export class FirstRun {
  constructor(
    private readonly changes: AdminChanges,
    private readonly adminKeys: AdminKeyService,
    private readonly tenants: TenantService,
    private readonly keys: ApiKeyService,
  ) {}

  /**
   * Creates an owner's key, the tenant `default` and its first key. Null when the database is not new. Waits, as the start
   * does, for a database that has gone away meanwhile.
   */
  create(wait: DatabaseWait): Promise<FirstCredentials | null> {
    return whenReachable(() => this.createOnce(), wait);
  }

  private async createOnce(): Promise<FirstCredentials | null> {
    return this.changes.run(SYSTEM_ACTOR, async (transaction) => {
      const { db } = transaction;
      await db.$executeRaw`SELECT pg_advisory_xact_lock(${FIRST_RUN_LOCK})`;
      if ((await db.tenant.count()) + (await db.adminKey.count()) > 0) return null;
      const tenant = await this.tenants.createIn(transaction, { name: 'default', policy: {} });
      const key = { name: 'default', policy: {} };
      const { secret: tenantKey } = await this.keys.createIn(transaction, tenant.id, key, SYSTEM_ACTOR);
      const owner = { name: 'first', role: 'owner' as const, tenantIds: [] };
      const { secret: adminKey } = await this.adminKeys.createIn(transaction, owner, SYSTEM_ACTOR);
      return { adminKey, tenantId: tenant.id, tenantKey };
    });
  }
}
