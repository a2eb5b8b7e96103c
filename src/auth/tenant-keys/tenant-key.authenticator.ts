import type { BlockList } from 'node:net';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AdminChanges } from '../../audit/admin-changes.js';
import { permissionDenied, unauthenticated } from '../../common/errors/gateway-error.js';
import { AppConfig } from '../../config/app-config.js';
import { ApiKeyLookup, type KeyCredential } from '../../tenants/keys/api-key-lookup.js';
import { includesAddress, toBlockList } from '../../tenants/tenant-policy.js';
import { type Change, ChangeFeed } from '../change-feed.js';
import { CredentialCache } from '../credential-cache.js';
import { LastUsed } from '../last-used.js';
import type { KeyPrincipal } from '../principal.js';
import { isWellFormedSecret } from '../secrets/secret-format.js';
import { SecretHasher } from '../secrets/secret-hasher.js';

interface CachedKey extends KeyCredential {
  ipRanges: BlockList | null;
}

const MAX_KEYS = 20_000;
const MAX_MISSES = 10_000;
const QUERY_TIMEOUT_MS = 2_000;

/** Tells whose a tenant's secret is. */
@Injectable()
export class TenantKeyAuthenticator implements OnApplicationBootstrap {
  private readonly cache: CredentialCache<CachedKey>;
  /** Null while not known: then a secret that is not of our form is looked up. */
  private foreignSecrets: boolean | null = null;
  private lastLearning: Promise<boolean | null> | undefined;

  constructor(
    private readonly lookup: ApiKeyLookup,
    private readonly hasher: SecretHasher,
    feed: ChangeFeed,
    private readonly lastUsed: LastUsed,
    config: AppConfig,
    changes: AdminChanges,
  ) {
    this.cache = new CredentialCache((digest) => this.load(digest), feed, {
      ttlMs: config.keyCacheTtlMs,
      staleMs: config.keyCacheStaleMs,
      maxEntries: MAX_KEYS,
      maxMisses: MAX_MISSES,
      queryTimeoutMs: QUERY_TIMEOUT_MS,
    });
    feed.listen((change) => this.forget(change));
    changes.onCommit((records) => records.forEach((record) => this.forget(record)));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.learnForeignSecrets();
  }

  /**
   * Throws a 401 for a secret that opens nothing, a 403 for a suspended tenant or a caller at the wrong address, and
   * a 503 when the secret is not known here and the database cannot be asked.
   */
  authenticate(secret: string, ipAddress: string | undefined): KeyPrincipal | Promise<KeyPrincipal> {
    const found = this.find(secret);
    return found instanceof Promise
      ? found.then((credential) => this.admit(credential, ipAddress))
      : this.admit(found, ipAddress);
  }

  private admit(credential: CachedKey | null, ipAddress: string | undefined): KeyPrincipal {
    if (!credential || hasEnded(credential)) throw unauthenticated('Incorrect API key provided.');
    if (credential.suspended) throw permissionDenied('This tenant is suspended.', 'tenant_suspended');
    if (credential.ipRanges && !includesAddress(credential.ipRanges, ipAddress)) {
      throw permissionDenied('This key may not be used from this address.', 'ip_not_allowed');
    }
    const { principal } = credential;
    this.lastUsed.noteTenantKey(principal.tenantId, principal.keyId);
    return principal;
  }

  private find(secret: string): CachedKey | null | Promise<CachedKey | null> {
    const ours = isWellFormedSecret(secret, 'sk');
    if (ours) return this.cache.find(this.hasher.tenantKey(secret));
    const digest = this.hasher.tenantKey(secret);
    const mayExist = this.foreignSecrets !== false || this.lookup.isEnvironmentKey(digest);
    return mayExist ? this.cache.find(digest) : null;
  }

  private async load(digest: Buffer<ArrayBuffer>): Promise<CachedKey | null> {
    const credential = await this.lookup.findByDigest(digest);
    if (!credential) return null;
    const { ipRanges } = credential.principal.policy;
    return { ...credential, ipRanges: ipRanges && toBlockList(ipRanges) };
  }

  // Only what a change concerns: a key that is forgotten in vain is unknown should the database go away just then.
  private forget(change: Pick<Change, 'resourceType' | 'resourceId' | 'tenantId' | 'action'> | null): void {
    if (change === null || change.resourceType === 'model_group') this.cache.forget(() => true);
    else if (change.resourceType === 'tenant') this.cache.forget((key) => key.principal.tenantId === change.tenantId);
    else if (change.resourceType === 'api_key') this.cache.forget((key) => key.principal.keyId === change.resourceId);
    else return;
    this.cache.forgetMisses();
    if (change === null || change.action === 'api_key.import') {
      this.foreignSecrets = null;
      void this.learnForeignSecrets();
    }
  }

  private async learnForeignSecrets(): Promise<void> {
    // Left unknown when the database is away: unknown means that every secret is looked up.
    const learning = this.lookup.hasImportedSecrets().catch(() => null);
    this.lastLearning = learning;
    const known = await learning;
    // An answer from before an import may come after the one that knows of it.
    if (this.lastLearning === learning) this.foreignSecrets = known;
  }
}

function hasEnded({ expiresAtMs }: CachedKey): boolean {
  return expiresAtMs !== null && expiresAtMs <= Date.now();
}
