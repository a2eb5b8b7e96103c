import { Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../../auth/principal.js';
import { derivePurposeKey } from '../../auth/secrets/secret-hasher.js';
import { HmacKey } from '../../common/crypto/hmac-key.js';
import { AppConfig } from '../../config/app-config.js';

const LENGTH_MAX = 256;

/** Tells on whose behalf a tenant's application calls, as far as the tenant's policy lets the ledger know it. */
@Injectable()
export class EndUsers {
  private readonly key: HmacKey;

  constructor(config: AppConfig) {
    this.key = new HmacKey(derivePurposeKey(config.apiKeyPepper, 'end-user'));
  }

  /**
   * `user` of a request's body, or else its `safety_identifier`: as it is, or as the hex HMAC-SHA256 of tenant and
   * value, the same for the same user of the same tenant only. Null when there is none or the policy drops it.
   */
  attribute({ tenantId, policy }: Pick<KeyPrincipal, 'tenantId' | 'policy'>, body: unknown): string | null {
    if (policy.endUser === 'drop') return null;
    const user = read(body, 'user') ?? read(body, 'safety_identifier');
    if (user === null || policy.endUser === 'keep') return user && storable(user);
    return this.key.sign(`${tenantId}\0${user}`);
  }
}

function read(body: unknown, field: 'user' | 'safety_identifier'): string | null {
  const value = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[field] : null;
  return typeof value === 'string' && value !== '' ? value : null;
}

/** PostgreSQL stores neither NUL nor half a character, and an event that it refuses would be missing in the bill. */
function storable(user: string): string {
  return user
    .slice(0, LENGTH_MAX)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '\uFFFD');
}
