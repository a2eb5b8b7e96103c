import { z } from 'zod';
import type { AuditEntry } from '../../audit/audit-entry.js';
import type { AuditHead } from '../../audit/audit.repository.js';
import type { AuditVerdict } from '../../audit/audit.service.js';
import { listOf, pageLimit, queryTime, text, time } from '../http/fields.js';

const seq = z.string().regex(/^\d{1,18}$/, 'must be the number of an entry');

export const auditQuerySchema = z.object({
  after: seq.optional().describe('Id of the last entry of the page before. Entries come newest first.'),
  limit: pageLimit,
  action: text(64).optional(),
  actor_id: text(200).optional(),
  resource_id: text(200).optional(),
  tenant_id: text(64).optional(),
  from: queryTime.optional(),
  to: queryTime.optional(),
});

export const verificationQuerySchema = z
  .object({
    seq: seq.optional().describe('Number of an entry whose hash was kept elsewhere.'),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
      .optional()
      .describe('Its hash.'),
  })
  .refine((query) => (query.seq === undefined) === (query.hash === undefined), {
    error: 'needs `hash`, and `hash` needs it',
    path: ['seq'],
  });

export const auditEntrySchema = z
  .object({
    id: z.string().describe('Number of the entry, without gaps.'),
    object: z.literal('audit_entry'),
    at: time,
    action: z.string(),
    actor: z.object({ id: z.string(), name: z.string(), role: z.string() }),
    ip_address: z.string().nullable(),
    request_id: z.string().nullable(),
    resource: z.object({ type: z.string(), id: z.string() }),
    tenant_id: z.string().nullable(),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'AuditEntry' });
export const auditListSchema = listOf(auditEntrySchema).meta({ id: 'AuditList' });

export const auditHeadSchema = z
  .object({
    seq: z.string(),
    hash: z.string(),
    signature: z.string().describe('Ed25519, base64, over `bedrock-gateway audit head <seq> <hash>`.'),
    public_key: z.string().describe('PEM.'),
  })
  .meta({ id: 'AuditHead' });

export const auditVerdictSchema = z
  .object({
    valid: z.boolean(),
    entries: z.int(),
    broken_at: z.string().nullable(),
    problem: z.string().nullable(),
    head: auditHeadSchema.nullable(),
  })
  .meta({ id: 'AuditVerdict' });

export type AuditQuery = z.infer<typeof auditQuerySchema>;
export type VerificationQuery = z.infer<typeof verificationQuerySchema>;

export function toAuditEntryBody(entry: AuditEntry) {
  return {
    id: String(entry.seq),
    object: 'audit_entry' as const,
    at: entry.at,
    action: entry.action,
    actor: { id: entry.actorId, name: entry.actorName, role: entry.actorRole },
    ip_address: entry.ipAddress,
    request_id: entry.requestId,
    resource: { type: entry.resourceType, id: entry.resourceId },
    tenant_id: entry.tenantId,
    before: entry.before,
    after: entry.after,
  };
}

export function toAuditHeadBody(head: AuditHead, publicKeyPem: string) {
  return {
    seq: String(head.seq),
    hash: Buffer.from(head.hash).toString('hex'),
    signature: Buffer.from(head.signature).toString('base64'),
    public_key: publicKeyPem,
  };
}

export function toAuditVerdictBody(verdict: AuditVerdict, publicKeyPem: string) {
  const { valid, entries, head, brokenAtSeq, problem } = verdict;
  return {
    valid,
    entries,
    broken_at: brokenAtSeq === null ? null : String(brokenAtSeq),
    problem,
    head: head && toAuditHeadBody(head, publicKeyPem),
  };
}
