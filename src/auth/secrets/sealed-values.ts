import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { derivePurposeKey, type SecretPurpose } from './secret-hasher.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts values for the database under a key that is not in it: AES-256-GCM, bound to `context`. */
export class SealedValues {
  private readonly key: Buffer;

  constructor(pepper: string, purpose: SecretPurpose) {
    this.key = derivePurposeKey(pepper, purpose);
  }

  seal(value: unknown, context: Uint8Array): Buffer<ArrayBuffer> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(context);
    return Buffer.concat([nonce, cipher.update(serialize(value)), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws when it was sealed with another key or context, or changed since. */
  open(sealed: Uint8Array, context: Uint8Array): unknown {
    const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(0, NONCE_BYTES))
      .setAAD(context)
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return deserialize(plain);
  }
}
