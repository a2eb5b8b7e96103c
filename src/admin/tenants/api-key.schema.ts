import { z } from 'zod';
import { type ApiKey, type ApiKeyChanges, type IssuedKey, statusOf } from '../../tenants/keys/api-key.js';
import { keyPolicySchema } from '../../tenants/tenant-policy.js';
import { futureTime, listOf, page, tags, text, time } from '../http/fields.js';
import { withNulls } from './tenant.schema.js';

const STATUSES = ['active', 'expired', 'revoked'] as const;
const expiresAt = futureTime.nullable().describe('When the key stops working. null: never.');

export const newKeySchema = z
  .strictObject({ name: text(200), tags: tags.optional(), expires_at: expiresAt.optional(), ...keyPolicySchema.shape })
  .meta({ id: 'NewKey', examples: [{ name: 'ci', expires_at: '2027-12-31T00:00:00Z', allowed_endpoints: ['chat'] }] });

export const importedKeySchema = newKeySchema
  .extend({
    secret: z
      .string()
      .regex(/^[\x21-\x7e]{16,512}$/, 'must be 16 to 512 printable characters without spaces')
      .describe('The secret as clients already have it.'),
  })
  .meta({ id: 'ImportedKey' });

export const keyChangesSchema = newKeySchema
  .extend({ name: text(200).optional() })
  .meta({ id: 'KeyChanges', description: 'What is absent stays as it is; null takes a limit away.' });

export const rotationSchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(90 * 86_400)
      .prefault(86_400)
      .describe('How long the old secret keeps working beside the new one.'),
  })
  .prefault({})
  .meta({ id: 'Rotation' });

export const keyListQuerySchema = z.object({
  ...page,
  sort: z.enum(['created_at', 'name']).prefault('created_at'),
  status: z.enum(STATUSES).optional(),
});

export const keySchema = z
  .object({
    id: z.string(),
    object: z.literal('tenant.key'),
    tenant_id: z.string(),
    name: z.string(),
    status: z.enum(STATUSES),
    tags: z.record(z.string(), z.string()),
    ...keyPolicySchema.required().shape,
    prefix: z.string().describe('Start of the newest secret.'),
    last_four: z.string().describe('End of the newest secret.'),
    secrets: z.array(
      z.object({
        id: z.string(),
        prefix: z.string(),
        last_four: z.string(),
        imported: z.boolean(),
        created_at: time,
        expires_at: time.nullable(),
      }),
    ),
    version: z.int(),
    created_at: time,
    created_by: z.string(),
    updated_at: time,
    expires_at: time.nullable(),
    revoked_at: time.nullable(),
    last_used_at: time.nullable(),
  })
  .meta({ id: 'Key' });
export const issuedKeySchema = keySchema
  .extend({ key: z.string().describe('The secret. It is shown only now.') })
  .meta({ id: 'IssuedKey' });
export const keyListSchema = listOf(keySchema).meta({ id: 'KeyList' });

export type NewKeyBody = z.infer<typeof newKeySchema>;
export type ImportedKeyBody = z.infer<typeof importedKeySchema>;
export type KeyChangesBody = z.infer<typeof keyChangesSchema>;
export type RotationBody = z.infer<typeof rotationSchema>;
export type KeyListQuery = z.infer<typeof keyListQuerySchema>;

export function toKeyBody(key: ApiKey) {
  const [newest] = key.secrets;
  return {
    id: key.id,
    object: 'tenant.key' as const,
    tenant_id: key.tenantId,
    name: key.name,
    status: statusOf(key, Date.now()),
    tags: key.tags,
    ...withNulls(keyPolicySchema, key.policy),
    prefix: newest?.prefix ?? '',
    last_four: newest?.lastFour ?? '',
    secrets: key.secrets.map(({ lastFour, createdAt, expiresAt: endsAt, ...secret }) => {
      return { ...secret, last_four: lastFour, created_at: createdAt, expires_at: endsAt };
    }),
    version: key.version,
    created_at: key.createdAt,
    created_by: key.createdBy,
    updated_at: key.updatedAt,
    expires_at: key.expiresAt,
    revoked_at: key.revokedAt,
    last_used_at: key.lastUsedAt,
  };
}

export function toIssuedKeyBody({ key, secret }: IssuedKey) {
  return { ...toKeyBody(key), key: secret };
}

/** The fields of a body that it names; the rest of it is the policy. */
export function toKeyChanges<B extends KeyChangesBody>(body: B): ApiKeyChanges & { name: B['name'] } {
  const { name, tags: labels, expires_at: endsAt, ...policy } = body;
  return {
    name,
    ...(labels !== undefined && { tags: labels }),
    ...(endsAt !== undefined && { expiresAt: endsAt }),
    policy,
  };
}
