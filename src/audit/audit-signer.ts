import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { derivePurposeKey } from '../auth/secrets/secret-hasher.js';
import { AppConfig } from '../config/app-config.js';

/** DER of an Ed25519 private key up to its 32-byte seed (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Signs the end of the audit chain with a key that is not in the database: who owns only the database cannot
 * rewrite the log. Anyone with the public key can check a head that was kept elsewhere.
 */
@Injectable()
export class AuditSigner {
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;

  constructor(config: AppConfig) {
    const seed = derivePurposeKey(config.apiKeyPepper, 'audit-head');
    this.privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
    this.publicKey = createPublicKey(this.privateKey);
  }

  /** SubjectPublicKeyInfo in PEM. */
  get publicKeyPem(): string {
    return this.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  }

  sign(seq: bigint, hash: Uint8Array): Buffer<ArrayBuffer> {
    return sign(null, toSigned(seq, hash), this.privateKey);
  }

  verify(seq: bigint, hash: Uint8Array, signature: Uint8Array): boolean {
    return verify(null, toSigned(seq, hash), this.publicKey, signature);
  }
}

function toSigned(seq: bigint, hash: Uint8Array): Buffer {
  return Buffer.from(`bedrock-gateway audit head ${seq} ${Buffer.from(hash).toString('hex')}`);
}
