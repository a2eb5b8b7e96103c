import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { Injectable } from '@nestjs/common';
import { derivePurposeKey } from '../auth/secrets/secret-hasher.js';
import { GatewayError } from '../common/errors/gateway-error.js';
import { AppConfig } from '../config/app-config.js';
import type { Prisma } from '../database/generated/client.js';
import type { Actor } from './actor.js';

type Idempotency = NonNullable<Actor['idempotency']>;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * The answers of admin POSTs for a day, so that a client that did not hear the first one can ask again. They are
 * encrypted with a key that is not in the database, because an answer may hold a new secret.
 */
@Injectable()
export class IdempotentAnswers {
  private readonly key: Buffer;

  constructor(config: AppConfig) {
    this.key = derivePurposeKey(config.apiKeyPepper, 'idempotent-answer');
  }

  /**
   * Claims a key for this transaction, waiting for another that holds it. Answers null when it was free, else the
   * answer kept for it. Throws a 422 when the key was used for another request.
   */
  async claim(actorId: string, use: Idempotency, db: Prisma.TransactionClient): Promise<{ answer: unknown } | null> {
    await db.$executeRaw`DELETE FROM idempotent_answers WHERE created_at < now() - interval '1 day'`;
    const claimed = await db.$executeRaw`
      INSERT INTO idempotent_answers (actor_id, key, fingerprint) VALUES (${actorId}, ${use.key}, ${use.fingerprint})
      ON CONFLICT DO NOTHING`;
    if (claimed === 1) return null;
    const kept = await db.idempotentAnswer.findUniqueOrThrow({ where: { actorId_key: { actorId, key: use.key } } });
    if (!use.fingerprint.equals(kept.fingerprint)) {
      throw new GatewayError('This Idempotency-Key was used for a different request.', {
        status: 422,
        type: 'invalid_request_error',
        code: 'idempotency_key_reused',
      });
    }
    return { answer: this.open(kept.answer!, use.fingerprint) };
  }

  async keep(actorId: string, use: Idempotency, answer: unknown, db: Prisma.TransactionClient): Promise<void> {
    await db.idempotentAnswer.update({
      where: { actorId_key: { actorId, key: use.key } },
      data: { answer: this.seal(answer, use.fingerprint) },
    });
  }

  private seal(answer: unknown, fingerprint: Buffer): Buffer<ArrayBuffer> {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(fingerprint);
    return Buffer.concat([nonce, cipher.update(serialize(answer)), cipher.final(), cipher.getAuthTag()]);
  }

  private open(sealed: Uint8Array, fingerprint: Buffer): unknown {
    const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(0, NONCE_BYTES))
      .setAAD(fingerprint)
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return deserialize(plain);
  }
}
