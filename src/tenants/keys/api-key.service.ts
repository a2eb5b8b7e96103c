import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/actor.js';
import { AdminChanges, type ChangeTransaction } from '../../audit/admin-changes.js';
import type { AuditRecord } from '../../audit/audit-entry.js';
import { createSecret, randomLetters, secretHint } from '../../auth/secrets/secret-format.js';
import { SecretHasher } from '../../auth/secrets/secret-hasher.js';
import { GatewayError, notFound } from '../../common/errors/gateway-error.js';
import { requireVersion } from '../expected-version.js';
import { ModelGroupRepository } from '../model-groups/model-group.repository.js';
import type { Page, Tenant } from '../tenant.js';
import { TenantRepository } from '../tenant.repository.js';
import { tenantNotFound } from '../tenant.service.js';
import type { ApiKey, ApiKeyChanges, ApiKeyPageRequest, IssuedKey, NewApiKey } from './api-key.js';
import { ApiKeyRepository } from './api-key.repository.js';
import { requireWithinTenant } from './within-tenant.js';

/** Same for a key that does not exist and for one of another tenant. */
export const keyNotFound = () => notFound('No key has this id.', 'key_not_found');

/** A tenant's keys over their life. A secret is in the answer that issues it and nowhere else. */
@Injectable()
export class ApiKeyService {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly tenants: TenantRepository,
    private readonly groups: ModelGroupRepository,
    private readonly hasher: SecretHasher,
    private readonly changes: AdminChanges,
  ) {}

  async create(tenantId: string, key: NewApiKey, actor: Actor): Promise<IssuedKey> {
    return this.changes.run(actor, (transaction) => this.createIn(transaction, tenantId, key, actor));
  }

  /** The same as part of a larger change. */
  async createIn(
    transaction: ChangeTransaction,
    tenantId: string,
    key: NewApiKey,
    { operator }: Actor,
  ): Promise<IssuedKey> {
    return this.issue(transaction, tenantId, { ...key, createdBy: operator.id }, createSecret('sk'));
  }

  /** Creates a key around a secret of another system, so that its clients need no new one. */
  async import(tenantId: string, key: NewApiKey, secret: string, actor: Actor): Promise<ApiKey> {
    return this.changes.run(actor, async (transaction) => {
      const issued = await this.issue(transaction, tenantId, { ...key, createdBy: actor.operator.id }, secret, true);
      return issued.key;
    });
  }

  async list(tenantId: string, request: ApiKeyPageRequest): Promise<Page<ApiKey>> {
    if (!(await this.tenants.find(tenantId))) throw tenantNotFound();
    return this.keys.list(tenantId, request);
  }

  async get(tenantId: string, id: string): Promise<ApiKey> {
    const [tenant, key] = await Promise.all([this.tenants.find(tenantId), this.keys.find(tenantId, id)]);
    if (!tenant) throw tenantNotFound();
    if (!key) throw keyNotFound();
    return key;
  }

  /** Policy fields that are absent stay as they are; null takes a limit away. */
  async update(
    tenantId: string,
    id: string,
    changes: ApiKeyChanges,
    expected: number | null,
    actor: Actor,
  ): Promise<ApiKey> {
    const changed = await this.change(tenantId, id, 'api_key.update', actor, async (before, tenant, { db }) => {
      requireVersion(before.version, expected);
      const policy = { ...before.policy, ...changes.policy };
      requireWithinTenant(policy, tenant.policy, await this.groups.findAll(db));
      return { key: await this.keys.update(tenantId, id, { ...changes, policy }, db) };
    });
    return changed.key;
  }

  /** Ends the key: at once in this process, within a second on every replica. A second call changes nothing. */
  async revoke(tenantId: string, id: string, actor: Actor): Promise<ApiKey> {
    const revoked = await this.change(tenantId, id, 'api_key.revoke', actor, async (before, _, { db }) => {
      return { key: before.revokedAt ? before : await this.keys.update(tenantId, id, { revokedAt: new Date() }, db) };
    });
    return revoked.key;
  }

  /** Gives the key a new secret. The old ones keep working for `overlapMs`. */
  async rotate(tenantId: string, id: string, overlapMs: number, actor: Actor): Promise<IssuedKey> {
    return this.change(tenantId, id, 'api_key.rotate', actor, async (before, _, { db }) => {
      if (before.revokedAt) throw revokedKey();
      const secret = createSecret('sk');
      await this.keys.expireSecrets(tenantId, id, new Date(Date.now() + overlapMs), db);
      await this.keys.addSecret(tenantId, id, this.toNewSecret(secret, false), db);
      return { key: await this.keys.update(tenantId, id, {}, db), secret };
    });
  }

  private async issue(
    { db, record: add }: ChangeTransaction,
    tenantId: string,
    key: NewApiKey & { createdBy: string },
    secret: string,
    imported = false,
  ): Promise<IssuedKey> {
    const tenant = await this.tenants.findForUpdate(tenantId, db);
    if (!tenant) throw tenantNotFound();
    requireWithinTenant(key.policy, tenant.policy, await this.groups.findAll(db));
    const id = `key_${randomLetters(22)}`;
    await this.keys.create(tenantId, id, key, db);
    await this.keys.addSecret(tenantId, id, this.toNewSecret(secret, imported), db);
    const after = (await this.keys.find(tenantId, id, db))!;
    add(toRecord(imported ? 'api_key.import' : 'api_key.create', null, after));
    return { key: after, secret };
  }

  private toNewSecret(secret: string, imported: boolean) {
    return { id: `secret_${randomLetters(22)}`, hash: this.hasher.tenantKey(secret), ...secretHint(secret), imported };
  }

  private async change<T extends { key: ApiKey }>(
    tenantId: string,
    id: string,
    action: string,
    actor: Actor,
    work: (before: ApiKey, tenant: Tenant, transaction: ChangeTransaction) => Promise<T>,
  ): Promise<T> {
    return this.changes.run(actor, async (transaction) => {
      const tenant = await this.tenants.findForUpdate(tenantId, transaction.db);
      if (!tenant) throw tenantNotFound();
      const before = await this.keys.findForUpdate(tenantId, id, transaction.db);
      if (!before) throw keyNotFound();
      const changed = await work(before, tenant, transaction);
      if (changed.key !== before) transaction.record(toRecord(action, before, changed.key));
      return changed;
    });
  }
}

function revokedKey(): GatewayError {
  return new GatewayError('The key is revoked.', { status: 409, type: 'invalid_request_error', code: 'key_revoked' });
}

function toRecord(action: string, before: ApiKey | null, after: ApiKey): AuditRecord {
  return { action, resourceType: 'api_key', resourceId: after.id, tenantId: after.tenantId, before, after };
}
