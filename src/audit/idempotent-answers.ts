import { Injectable } from '@nestjs/common';
import { SealedValues } from '../auth/secrets/sealed-values.js';
import { AppConfig } from '../config/app-config.js';
import type { Prisma } from '../database/generated/client.js';
import { type Idempotency, idempotencyKeyReused } from './idempotency.js';

/**
 * The answers of admin POSTs for a day, so that a client that did not hear the first one can ask again. They are
 * encrypted with a key that is not in the database, because an answer may hold a new secret.
 */
@Injectable()
export class IdempotentAnswers {
  private readonly sealed: SealedValues;

  constructor(config: AppConfig) {
    this.sealed = new SealedValues(config.apiKeyPepper, 'idempotent-answer');
  }

  /**
   * Claims a key for this transaction, waiting for another that holds it. Answers null when it was free, else the
   * answer kept for it. Throws a 422 when the key was used for another request.
   */
  async claim(actorId: string, use: Idempotency, db: Prisma.TransactionClient): Promise<{ answer: unknown } | null> {
    await this.forgetOld(db);
    const claimed = await db.$executeRaw`
      INSERT INTO idempotent_answers (actor_id, key, fingerprint) VALUES (${actorId}, ${use.key}, ${use.fingerprint})
      ON CONFLICT DO NOTHING`;
    if (claimed === 1) return null;
    const kept = await db.idempotentAnswer.findUniqueOrThrow({ where: { actorId_key: { actorId, key: use.key } } });
    if (!use.fingerprint.equals(kept.fingerprint)) {
      throw idempotencyKeyReused();
    }
    return { answer: this.sealed.open(kept.answer!, use.fingerprint) };
  }

  /** Without waiting for another who does the same in a transaction that may be long. */
  private async forgetOld(db: Prisma.TransactionClient): Promise<void> {
    await db.$executeRaw`
      DELETE FROM idempotent_answers WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM idempotent_answers WHERE created_at < now() - interval '1 day' FOR UPDATE SKIP LOCKED
      ))`;
  }

  async keep(actorId: string, use: Idempotency, answer: unknown, db: Prisma.TransactionClient): Promise<void> {
    await db.idempotentAnswer.update({
      where: { actorId_key: { actorId, key: use.key } },
      data: { answer: this.sealed.seal(answer, use.fingerprint) },
    });
  }
}
