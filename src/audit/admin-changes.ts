import { Injectable } from '@nestjs/common';
import { Prisma } from '../database/generated/client.js';
import { PrismaService } from '../database/prisma.service.js';
import type { Actor } from './actor.js';
import { type AuditEntry, type AuditRecord, chainHash, GENESIS_HASH } from './audit-entry.js';
import { AuditRepository } from './audit.repository.js';
import { AuditSigner } from './audit-signer.js';
import { CHANGE_CHANNEL } from './change-channel.js';
import { IdempotentAnswers } from './idempotent-answers.js';

/** A change may have to wait for others, whose audit entries come first; to fail for that would help nobody. */
const TIMEOUT_MS = 30_000;

/** The transaction of one admin change. */
export interface ChangeTransaction {
  db: Prisma.TransactionClient;
  /** Puts a change into the audit log. A transaction that records nothing leaves no entry. */
  record: (record: AuditRecord) => void;
}

/** Told after a commit of this process, before the client gets its answer. */
export type CommitListener = (records: readonly AuditRecord[]) => void;

/**
 * The one way in which operators change anything: the change, its audit entry, the notification of the replicas
 * and the answer kept for `Idempotency-Key` are one transaction, so none of them can be there without the others.
 */
@Injectable()
export class AdminChanges {
  private readonly listeners: CommitListener[] = [];

  constructor(
    private readonly prisma: PrismaService,
    private readonly audit: AuditRepository,
    private readonly signer: AuditSigner,
    private readonly answers: IdempotentAnswers,
  ) {}

  onCommit(listener: CommitListener): void {
    this.listeners.push(listener);
  }

  /** Runs `work` and commits it with its audit entries. A repeated `Idempotency-Key` gets the first answer instead. */
  async run<T>(
    actor: Actor,
    work: (transaction: ChangeTransaction) => Promise<T>,
    { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
  ): Promise<T> {
    const records: AuditRecord[] = [];
    const change = async (db: Prisma.TransactionClient) => {
      const repeated = actor.idempotency && (await this.answers.claim(actor.operator.id, actor.idempotency, db));
      if (repeated) return repeated.answer as T;
      const fresh = await work({ db, record: (record) => records.push(record) });
      if (actor.idempotency) await this.answers.keep(actor.operator.id, actor.idempotency, fresh, db);
      if (records.length > 0) await this.append(actor, records, db);
      return fresh;
    };
    const answer = await this.prisma.patiently(timeoutMs, () =>
      this.prisma.$transaction(change, { timeout: timeoutMs, maxWait: timeoutMs }),
    );
    for (const listener of this.listeners) listener(records);
    return answer;
  }

  // Last before the commit: every admin change waits for this lock.
  private async append(actor: Actor, records: readonly AuditRecord[], db: Prisma.TransactionClient): Promise<void> {
    const head = await this.audit.lockHead(db);
    let seq = head?.seq ?? 0n;
    let hash: Uint8Array<ArrayBuffer> = head?.hash ?? GENESIS_HASH;
    for (const record of records) {
      seq += 1n;
      const entry = toEntry(seq, actor, record);
      const previousHash = hash;
      hash = chainHash(previousHash, entry);
      await this.audit.append(entry, { previousHash, hash }, db);
    }
    await this.audit.setHead({ seq, hash, signature: this.signer.sign(seq, hash) }, db);
    await db.$executeRaw`SELECT pg_notify(${CHANGE_CHANNEL}, '')`;
  }
}

function toEntry(seq: bigint, actor: Actor, record: AuditRecord): AuditEntry {
  return {
    ...record,
    seq,
    at: new Date(),
    actorId: actor.operator.id,
    actorName: actor.operator.name,
    actorRole: actor.operator.role,
    ipAddress: actor.ipAddress,
    requestId: actor.requestId,
  };
}
