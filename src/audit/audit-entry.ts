import { createHash } from 'node:crypto';

/** What was changed. `before` and `after` are what the admin API shows of it, so they hold no secrets. */
export interface AuditRecord {
  /** Resource and verb, for example `tenant.suspend`. */
  action: string;
  resourceType: string;
  resourceId: string;
  tenantId: string | null;
  before: object | null;
  after: object | null;
}

/** One entry of the audit log. */
export interface AuditEntry extends AuditRecord {
  seq: bigint;
  at: Date;
  actorId: string;
  actorName: string;
  actorRole: string;
  ipAddress: string | null;
  requestId: string | null;
}

/** An entry with its place in the chain. */
export interface ChainedEntry extends AuditEntry {
  previousHash: Uint8Array;
  hash: Uint8Array;
}

/** What the first entry takes for the hash before it. */
export const GENESIS_HASH: Buffer<ArrayBuffer> = Buffer.alloc(32);

/** SHA-256 over the hash before and the entry as canonical JSON: keys sorted, since JSONB does not keep their order. */
export function chainHash(previousHash: Uint8Array, entry: AuditEntry): Buffer<ArrayBuffer> {
  const hashed = {
    seq: String(entry.seq),
    at: entry.at.toISOString(),
    actor: [entry.actorId, entry.actorName, entry.actorRole],
    ipAddress: entry.ipAddress,
    requestId: entry.requestId,
    action: entry.action,
    resource: [entry.resourceType, entry.resourceId],
    tenantId: entry.tenantId,
    before: entry.before,
    after: entry.after,
  };
  return createHash('sha256').update(previousHash).update(canonicalJson(hashed)).digest();
}

/** JSON with the keys of every object in order, so that equal values have equal bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([left], [right]) => (left < right ? -1 : 1)))
      : member,
  );
}
