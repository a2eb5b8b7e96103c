import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges, type ChangeTransaction } from '../../audit/admin-changes.js';
import type { AuditRecord } from '../../audit/audit-entry.js';
import { notFound } from '../../common/errors/gateway-error.js';
import { requireVersion } from '../../tenants/expected-version.js';
import { requireOwner } from '../../tenants/require-owner.js';
import type { Page } from '../../tenants/tenant.js';
import { ALIAS_RESOURCE } from './alias-book.js';
import { AliasRules } from './alias-rules.js';
import type { AliasTarget, ModelAlias } from './model-alias.js';
import { type AliasPageRequest, ModelAliasRepository, type VisibleTenants } from './model-alias.repository.js';

export const aliasNotFound = () => notFound('No alias has this id.', 'alias_not_found');

/** What a new alias is made of. An empty tenant is everyone. */
export type NewAlias = Pick<ModelAlias, 'tenantId' | 'name' | 'targets' | 'fallbacks'>;

/** What can be changed of an alias; what is absent stays. */
export interface AliasChanges {
  targets?: AliasTarget[] | undefined;
  fallbacks?: string[] | undefined;
}

/** Operators' names for models. A change is in force on every replica as soon as that of a key. */
@Injectable()
export class ModelAliasService {
  constructor(
    private readonly aliases: ModelAliasRepository,
    private readonly rules: AliasRules,
    private readonly changes: AdminChanges,
  ) {}

  /** Everyone's and those of the tenants that the reader may see; null sees all. */
  list(visible: VisibleTenants, request: AliasPageRequest): Promise<Page<ModelAlias>> {
    return this.aliases.list(visible, request);
  }

  /** @throws GatewayError 404 when there is none that the reader may see */
  async get(visible: VisibleTenants, id: string): Promise<ModelAlias> {
    const alias = await this.aliases.find(visible, id);
    if (!alias) throw aliasNotFound();
    return alias;
  }

  /** @throws GatewayError 400 as `AliasRules` has it; 400 `already_exists`; 400 for an unknown tenant */
  async create(alias: NewAlias, actor: Actor): Promise<ModelAlias> {
    await this.rules.checkName(alias.name);
    await this.rules.checkTargets(alias);
    return this.changes.run(actor, async ({ db, record }) => {
      await requireOwner(alias, db);
      const id = `als_${randomUUID().replaceAll('-', '')}`;
      const after = await this.aliases.create(alias.tenantId, { ...alias, id }, db);
      record(toRecord('model_alias.create', after, null, after));
      return after;
    });
  }

  /** @throws GatewayError 400 as `AliasRules` has it; 404; 412 when it was changed since it was read */
  async update(id: string, changes: AliasChanges, expected: number | null, actor: Actor): Promise<ModelAlias> {
    const known = await this.get(null, id);
    await this.rules.checkTargets({
      targets: changes.targets ?? known.targets,
      fallbacks: changes.fallbacks ?? known.fallbacks,
    });
    return this.change(known, expected, actor, async (before, { db, record }) => {
      const { targets = before.targets, fallbacks = before.fallbacks } = changes;
      const after = await this.aliases.update(before.tenantId, id, { targets, fallbacks }, db);
      record(toRecord('model_alias.update', before, before, after));
      return after;
    });
  }

  /** @throws GatewayError 404; 412 when it was changed since it was read */
  async delete(id: string, expected: number | null, actor: Actor): Promise<void> {
    const known = await this.get(null, id);
    await this.change(known, expected, actor, async (before, { db, record }) => {
      await this.aliases.delete(before.tenantId, id, db);
      record(toRecord('model_alias.delete', before, before, null));
    });
  }

  private change<T>(
    { tenantId, id }: ModelAlias,
    expected: number | null,
    actor: Actor,
    work: (before: ModelAlias, transaction: ChangeTransaction) => Promise<T>,
  ): Promise<T> {
    return this.changes.run(actor, async (transaction) => {
      const before = await this.aliases.findForUpdate(tenantId, id, transaction.db);
      if (!before) throw aliasNotFound();
      requireVersion(before.version, expected);
      return work(before, transaction);
    });
  }
}

function toRecord(
  action: string,
  { id, tenantId }: ModelAlias,
  before: ModelAlias | null,
  after: ModelAlias | null,
): AuditRecord {
  return { action, resourceType: ALIAS_RESOURCE, resourceId: id, tenantId: tenantId || null, before, after };
}
