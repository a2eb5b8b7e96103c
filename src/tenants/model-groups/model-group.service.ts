import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges } from '../../audit/admin-changes.js';
import { notFound } from '../../common/errors/gateway-error.js';
import { requireVersion } from '../expected-version.js';
import type { Page } from '../tenant.js';
import { type ModelGroup, ModelGroupRepository } from './model-group.repository.js';

export const modelGroupNotFound = () => notFound('No model group has this name.', 'model_group_not_found');

/** Model groups. A policy that names a group which is gone allows nothing by it. */
@Injectable()
export class ModelGroupService {
  constructor(
    private readonly groups: ModelGroupRepository,
    private readonly changes: AdminChanges,
  ) {}

  list(page: { after?: string | undefined; limit: number }): Promise<Page<ModelGroup>> {
    return this.groups.list(page);
  }

  /** Creates the group or replaces its patterns. */
  async save(name: string, patterns: string[], expected: number | null, actor: Actor): Promise<ModelGroup> {
    return this.changes.run(actor, async ({ db, record }) => {
      const before = await this.groups.findForUpdate(name, db);
      requireVersion(before?.version ?? 0, expected);
      const after = await this.groups.save(name, patterns, db);
      record({
        action: 'model_group.save',
        resourceType: 'model_group',
        resourceId: name,
        tenantId: null,
        before,
        after,
      });
      return after;
    });
  }

  async delete(name: string, expected: number | null, actor: Actor): Promise<void> {
    await this.changes.run(actor, async ({ db, record }) => {
      const before = await this.groups.findForUpdate(name, db);
      if (!before) throw modelGroupNotFound();
      requireVersion(before.version, expected);
      await this.groups.delete(name, db);
      record({
        action: 'model_group.delete',
        resourceType: 'model_group',
        resourceId: name,
        tenantId: null,
        before,
        after: null,
      });
    });
  }
}
