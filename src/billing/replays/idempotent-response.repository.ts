import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../database/prisma.service.js';

/** A request that is known by its `Idempotency-Key`. */
export interface ReplayKey {
  keyId: string;
  key: string;
}

/** What stands under a key that somebody else has claimed. */
export interface KeptResponse {
  fingerprint: Uint8Array;
  /** Null while the request is being answered. */
  answer: Uint8Array | null;
}

/** The answers kept for `Idempotency-Key`, by tenant and key. */
@Injectable()
export class IdempotentResponseRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Claims the key for a request. Answers null when it was free: never used, a day old, or claimed by a process that
   * has died. Otherwise what stands there.
   */
  async claim(
    tenantId: string,
    { keyId, key }: ReplayKey,
    claim: { id: string; writerId: string; fingerprint: Buffer<ArrayBuffer> },
  ): Promise<KeptResponse | null> {
    const claimed = await this.prisma.$executeRaw`
      INSERT INTO idempotent_responses AS r (tenant_id, key_id, key, claim_id, writer_id, fingerprint)
      VALUES (${tenantId}, ${keyId}, ${key}, ${claim.id}::uuid, ${claim.writerId}::uuid, ${claim.fingerprint})
      ON CONFLICT (tenant_id, key_id, key) DO UPDATE SET claim_id = excluded.claim_id, writer_id = excluded.writer_id,
        fingerprint = excluded.fingerprint, answer = NULL, created_at = now()
      WHERE r.created_at < now() - interval '1 day' OR (r.answer IS NULL AND NOT EXISTS (
        SELECT FROM usage_writers w WHERE w.id = r.writer_id AND w.expires_at >= now()))`;
    if (claimed === 1) return null;
    const kept = await this.prisma.idempotentResponse.findUnique({
      where: { tenantId_keyId_key: { tenantId, keyId, key } },
      select: { fingerprint: true, answer: true },
    });
    // Whoever held it has just given it up: the next try finds it free.
    return kept ?? { fingerprint: claim.fingerprint, answer: null };
  }

  /** Does nothing when the claim was taken over. */
  async keep(tenantId: string, { keyId, key }: ReplayKey, claimId: string, answer: Buffer<ArrayBuffer>): Promise<void> {
    await this.prisma.idempotentResponse.updateMany({ where: { tenantId, keyId, key, claimId }, data: { answer } });
  }

  async release(tenantId: string, { keyId, key }: ReplayKey, claimId: string): Promise<void> {
    await this.prisma.idempotentResponse.deleteMany({ where: { tenantId, keyId, key, claimId } });
  }

  /** Forgets what is older than a day. Answers how many. */
  async expire(): Promise<number> {
    return this.prisma.$executeRaw`DELETE FROM idempotent_responses WHERE created_at < now() - interval '1 day'`;
  }
}
