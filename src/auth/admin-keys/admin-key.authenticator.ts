import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AdminChanges } from '../../audit/admin-changes.js';
import { AppConfig } from '../../config/app-config.js';
import { ChangeFeed } from '../change-feed.js';
import { CredentialCache } from '../credential-cache.js';
import { LastUsed } from '../last-used.js';
import type { AdminPrincipal } from '../principal.js';
import { isWellFormedSecret } from '../secrets/secret-format.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import type { AdminKey } from './admin-key.js';
import { AdminKeyRepository } from './admin-key.repository.js';

const ENVIRONMENT_OPERATOR: AdminPrincipal = {
  id: 'admin_key_environment',
  name: 'ADMIN_API_KEY',
  role: 'owner',
  tenantIds: null,
};

/** Tells which operator a secret belongs to. */
@Injectable()
export class AdminKeyAuthenticator {
  private readonly cache: CredentialCache<AdminKey>;
  private readonly environmentDigest: Buffer | null;

  constructor(
    keys: AdminKeyRepository,
    private readonly hasher: SecretHasher,
    feed: ChangeFeed,
    config: AppConfig,
    changes: AdminChanges,
    private readonly lastUsed: LastUsed,
  ) {
    this.environmentDigest = config.adminApiKey === undefined ? null : hasher.adminKey(config.adminApiKey);
    this.cache = new CredentialCache((digest) => keys.findByDigest(digest), feed, {
      ttlMs: config.keyCacheTtlMs,
      staleMs: config.keyCacheStaleMs,
      maxEntries: 1_000,
      maxMisses: 1_000,
      queryTimeoutMs: 2_000,
    });
    const forget = (change: { resourceType: string } | null): void => {
      if (change !== null && change.resourceType !== 'admin_key') return;
      this.cache.forget(() => true);
      this.cache.forgetMisses();
    };
    feed.listen(forget);
    changes.onCommit((records) => records.forEach(forget));
  }

  /** Null when the secret opens nothing. Throws a 503 when it is not known here and the database cannot be asked. */
  async authenticate(secret: string): Promise<AdminPrincipal | null> {
    const digest = this.hasher.adminKey(secret);
    if (this.environmentDigest && timingSafeEqual(this.environmentDigest, digest)) return ENVIRONMENT_OPERATOR;
    if (!isWellFormedSecret(secret, 'ak')) return null;
    const key = await this.cache.find(digest);
    if (!key || (key.expiresAt && key.expiresAt.getTime() <= Date.now())) return null;
    const { id, name, role, tenantIds } = key;
    this.lastUsed.noteAdminKey(id);
    return { id, name, role, tenantIds: role === 'tenant_admin' ? tenantIds : null };
  }
}
