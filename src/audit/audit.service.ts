import { Injectable } from '@nestjs/common';
import { type AuditEntry, chainHash, GENESIS_HASH } from './audit-entry.js';
import { type AuditFilter, type AuditHead, AuditRepository } from './audit.repository.js';
import { AuditSigner } from './audit-signer.js';

/** What is wrong with the log, if anything. */
export interface AuditVerdict {
  valid: boolean;
  entries: number;
  head: AuditHead | null;
  /** The first entry that does not follow from the one before it. */
  brokenAtSeq: bigint | null;
  problem: string | null;
}

const BATCH = 1_000;

/** Reads the audit log and tells whether anyone has tampered with it. */
@Injectable()
export class AuditService {
  constructor(
    private readonly audit: AuditRepository,
    private readonly signer: AuditSigner,
  ) {}

  get publicKeyPem(): string {
    return this.signer.publicKeyPem;
  }

  /** Newest first. `hasMore` tells whether entries remain below the last one. */
  async list(
    filter: AuditFilter,
    before: bigint | null,
    limit: number,
  ): Promise<{ entries: AuditEntry[]; hasMore: boolean }> {
    const entries = await this.audit.list(filter, before, limit + 1);
    return { entries: entries.slice(0, limit), hasMore: entries.length > limit };
  }

  async findHead(): Promise<AuditHead | null> {
    return this.audit.findHead();
  }

  /**
   * Recomputes the whole chain and checks the signature of its head. A tail that was cut off together with its
   * head shows only against a head that was kept elsewhere: `known` must be part of the chain.
   */
  async verify(known?: { seq: bigint; hash: Uint8Array }): Promise<AuditVerdict> {
    const head = await this.audit.findHead();
    let seq = 0n;
    let hash: Uint8Array = GENESIS_HASH;
    let knownHash: Uint8Array | null = null;
    const broken = (problem: string, brokenAtSeq: bigint | null): AuditVerdict => {
      return { valid: false, entries: Number(seq), head, brokenAtSeq, problem };
    };
    while (seq < (head?.seq ?? 0n)) {
      const entries = await this.audit.listChain(seq, BATCH);
      if (entries.length === 0) return broken('entries are missing at the end', seq + 1n);
      for (const entry of entries) {
        if (head && entry.seq > head.seq) break;
        if (entry.seq !== seq + 1n) return broken('entries are missing', seq + 1n);
        if (!equal(entry.previousHash, hash)) return broken('the entry does not follow the one before it', entry.seq);
        if (!equal(entry.hash, chainHash(hash, entry))) return broken('the entry was changed', entry.seq);
        seq = entry.seq;
        hash = entry.hash;
        if (seq === known?.seq) knownHash = hash;
      }
    }
    if (head === null) return this.verifyEmpty(known !== undefined);
    if (!equal(head.hash, hash)) return broken('the head does not match the last entry', null);
    if (!this.signer.verify(head.seq, head.hash, head.signature))
      return broken('the head is not signed by this gateway', null);
    if (known && !(knownHash && equal(knownHash, known.hash)))
      return broken('the known head is not part of the log', known.seq);
    return { valid: true, entries: Number(seq), head, brokenAtSeq: null, problem: null };
  }

  private async verifyEmpty(expectsEntries: boolean): Promise<AuditVerdict> {
    const valid = !expectsEntries && (await this.audit.listChain(0n, 1)).length === 0;
    return { valid, entries: 0, head: null, brokenAtSeq: null, problem: valid ? null : 'the head is missing' };
  }
}

function equal(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0;
}
