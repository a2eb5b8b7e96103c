import type { AdminChanges } from '../../audit/admin-changes.js';
import type { AppConfig } from '../../config/app-config.js';
import { UNRESTRICTED } from '../../tenants/access-policy.js';
import type { ApiKeyLookup, KeyCredential } from '../../tenants/keys/api-key-lookup.js';
import type { Change, ChangeFeed, ChangeListener } from '../change-feed.js';
import type { LastUsed } from '../last-used.js';
import type { KeyPrincipal } from '../principal.js';
import type { SecretHasher } from '../secrets/secret-hasher.js';
import { TenantKeyAuthenticator } from './tenant-key.authenticator.js';

const principal = { tenantId: 'tenant', keyId: 'key', policy: UNRESTRICTED } as KeyPrincipal;
const credential: KeyCredential = { principal, suspended: false, expiresAtMs: null };

describe(TenantKeyAuthenticator.name, () => {
  it('knows of an imported key, though an answer from before the import comes late', async () => {
    const answers: ((hasImported: boolean) => void)[] = [];
    const listeners: ChangeListener[] = [];
    const lookup = {
      findByDigest: () => Promise.resolve(credential),
      hasImportedSecrets: () => new Promise<boolean>((resolve) => answers.push(resolve)),
      isEnvironmentKey: () => false,
    } as unknown as ApiKeyLookup;
    const keys = new TenantKeyAuthenticator(
      lookup,
      { tenantKey: (secret: string) => Buffer.from(secret) } as unknown as SecretHasher,
      {
        knownUntilMs: Infinity,
        listen: (listener: ChangeListener) => listeners.push(listener),
      } as unknown as ChangeFeed,
      { noteTenantKey: () => undefined } as unknown as LastUsed,
      { keyCacheTtlMs: 500, keyCacheStaleMs: 500 } as AppConfig,
      { onCommit: () => undefined } as unknown as AdminChanges,
    );
    const starting = keys.onApplicationBootstrap();
    for (const tell of listeners) tell({ resourceType: 'api_key', action: 'api_key.import' } as Change);
    const [before, after] = answers;
    after?.(true);
    before?.(false);
    await starting;
    expect(await keys.authenticate('a-secret-of-another-system', undefined)).toBe(principal);
  });
});
