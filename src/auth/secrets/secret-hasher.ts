import { hkdfSync } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { HmacKey } from '../../common/crypto/hmac-key.js';
import { AppConfig } from '../../config/app-config.js';

/** One key per purpose: a value made for one can never be taken for another. */
export type SecretPurpose =
  | 'tenant-key'
  | 'admin-key'
  | 'audit-head'
  | 'idempotent-answer'
  | 'idempotent-response'
  | 'end-user'
  | 'webhook-secret';

/** Derives a 256-bit key for one purpose from the pepper (HKDF-SHA256, RFC 5869). */
export function derivePurposeKey(pepper: string, purpose: SecretPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', pepper, '', `bedrock-gateway/${purpose}/v1`, 32));
}

/** Hashes secrets under the pepper, so that a copy of the database can neither use nor test them. */
@Injectable()
export class SecretHasher {
  private readonly tenantKeys: HmacKey;
  private readonly adminKeys: HmacKey;

  constructor(config: AppConfig) {
    this.tenantKeys = new HmacKey(derivePurposeKey(config.apiKeyPepper, 'tenant-key'));
    this.adminKeys = new HmacKey(derivePurposeKey(config.apiKeyPepper, 'admin-key'));
  }

  /** 32 bytes by which a tenant's secret is stored and found. */
  tenantKey(secret: string): Buffer<ArrayBuffer> {
    return this.tenantKeys.digest(secret);
  }

  /** 32 bytes by which an operator's secret is stored and found. */
  adminKey(secret: string): Buffer<ArrayBuffer> {
    return this.adminKeys.digest(secret);
  }
}
