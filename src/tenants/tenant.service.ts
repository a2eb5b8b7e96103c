import { Injectable } from '@nestjs/common';
import type { Actor } from '../audit/actor.js';
import { AdminChanges, type ChangeTransaction } from '../audit/admin-changes.js';
import type { AuditRecord } from '../audit/audit-entry.js';
import { randomLetters } from '../auth/secrets/secret-format.js';
import { notFound } from '../common/errors/gateway-error.js';
import { requireVersion } from './expected-version.js';
import type { NewTenant, Page, Tenant, TenantChanges, TenantPageRequest } from './tenant.js';
import { TenantRepository } from './tenant.repository.js';

/** Same for a tenant that does not exist and for one that the caller may not see. */
export const tenantNotFound = () => notFound('No tenant has this id.', 'tenant_not_found');

/** Tenants over their life: every change is audited and reaches all replicas. */
@Injectable()
export class TenantService {
  constructor(
    private readonly tenants: TenantRepository,
    private readonly changes: AdminChanges,
  ) {}

  async create(tenant: NewTenant, actor: Actor): Promise<Tenant> {
    return this.changes.run(actor, (transaction) => this.createIn(transaction, tenant));
  }

  /** The same as part of a larger change. */
  async createIn(transaction: ChangeTransaction, tenant: NewTenant): Promise<Tenant> {
    const after = await this.tenants.create(`tenant_${randomLetters(22)}`, tenant, transaction.db);
    transaction.record(toRecord('tenant.create', null, after));
    return after;
  }

  async list(visible: readonly string[] | null, request: TenantPageRequest): Promise<Page<Tenant>> {
    return this.tenants.list(visible, request);
  }

  /** Throws a 404 when there is none, or it is deleted. */
  async get(id: string): Promise<Tenant> {
    const tenant = await this.tenants.find(id);
    if (!tenant) throw tenantNotFound();
    return tenant;
  }

  /** Throws a 404 for a tenant that never was; one that was deleted is known. */
  async requireKnown(id: string): Promise<void> {
    if (!(await this.tenants.wasCreated(id))) throw tenantNotFound();
  }

  /** Policy fields that are absent stay as they are; null takes a limit away. */
  async update(id: string, changes: TenantChanges, expected: number | null, actor: Actor): Promise<Tenant> {
    return this.change(id, 'tenant.update', expected, actor, (before, { db }) => {
      const policy = { ...before.policy, ...changes.policy };
      return this.tenants.update(id, { ...changes, policy }, db);
    });
  }

  /** Refuses all keys of the tenant until it is resumed. */
  async suspend(id: string, expected: number | null, actor: Actor): Promise<Tenant> {
    return this.change(id, 'tenant.suspend', expected, actor, (_, { db }) =>
      this.tenants.setStatus(id, 'suspended', db),
    );
  }

  async resume(id: string, expected: number | null, actor: Actor): Promise<Tenant> {
    return this.change(id, 'tenant.resume', expected, actor, (_, { db }) => this.tenants.setStatus(id, 'active', db));
  }

  /** Ends the tenant and its keys. Its name and its usage stay for reports. */
  async delete(id: string, expected: number | null, actor: Actor): Promise<Tenant> {
    return this.change(id, 'tenant.delete', expected, actor, (_, { db }) => this.tenants.softDelete(id, db));
  }

  private async change(
    id: string,
    action: string,
    expected: number | null,
    actor: Actor,
    work: (before: Tenant, transaction: ChangeTransaction) => Promise<Tenant>,
  ): Promise<Tenant> {
    return this.changes.run(actor, async (transaction) => {
      const before = await this.tenants.findForUpdate(id, transaction.db);
      if (!before) throw tenantNotFound();
      requireVersion(before.version, expected);
      const after = await work(before, transaction);
      transaction.record(toRecord(action, before, after));
      return after;
    });
  }
}

function toRecord(action: string, before: Tenant | null, after: Tenant): AuditRecord {
  return { action, resourceType: 'tenant', resourceId: after.id, tenantId: after.id, before, after };
}
