import { z } from 'zod';
import type { AdminKey, IssuedAdminKey } from '../../auth/admin-keys/admin-key.js';
import { futureTime, listOf, page, text, time } from '../http/fields.js';

const role = z
  .enum(['tenant_admin', 'viewer', 'admin', 'owner'])
  .describe('`viewer` reads, `admin` manages tenants and keys, `owner` also owners; `tenant_admin` only its tenants.');
const expiresAt = futureTime.nullable().describe('When the key stops working. null: never.');

export const newAdminKeySchema = z
  .strictObject({
    name: text(200),
    role,
    tenant_ids: z
      .array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/))
      .max(1_000)
      .prefault([])
      .describe('The tenants of a `tenant_admin`.'),
    expires_at: expiresAt.optional(),
  })
  .meta({ id: 'NewAdminKey', examples: [{ name: 'terraform', role: 'admin' }] });

export const adminKeyChangesSchema = z
  .strictObject({ name: text(200).optional(), expires_at: expiresAt.optional() })
  .meta({ id: 'AdminKeyChanges', description: 'What is absent stays as it is.' });

export const adminKeyListQuerySchema = z.object({ after: page.after, limit: page.limit });

export const adminKeySchema = z
  .object({
    id: z.string(),
    object: z.literal('admin_key'),
    name: z.string(),
    role,
    tenant_ids: z.array(z.string()),
    prefix: z.string(),
    last_four: z.string(),
    version: z.int(),
    created_at: time,
    created_by: z.string(),
    expires_at: time.nullable(),
    revoked_at: time.nullable(),
    last_used_at: time.nullable(),
  })
  .meta({ id: 'AdminKey' });
export const issuedAdminKeySchema = adminKeySchema
  .extend({ key: z.string().describe('The secret. It is shown only now.') })
  .meta({ id: 'IssuedAdminKey' });
export const adminKeyListSchema = listOf(adminKeySchema).meta({ id: 'AdminKeyList' });

export type NewAdminKeyBody = z.infer<typeof newAdminKeySchema>;
export type AdminKeyChangesBody = z.infer<typeof adminKeyChangesSchema>;
export type AdminKeyListQuery = z.infer<typeof adminKeyListQuerySchema>;

export function toAdminKeyBody(key: AdminKey) {
  return {
    id: key.id,
    object: 'admin_key' as const,
    name: key.name,
    role: key.role,
    tenant_ids: key.tenantIds,
    prefix: key.prefix,
    last_four: key.lastFour,
    version: key.version,
    created_at: key.createdAt,
    created_by: key.createdBy,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    last_used_at: key.lastUsedAt,
  };
}

export function toIssuedAdminKeyBody({ key, secret }: IssuedAdminKey) {
  return { ...toAdminKeyBody(key), key: secret };
}
