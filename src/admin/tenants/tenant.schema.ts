import { z } from 'zod';
import type { Tenant, TenantChanges, TenantPageRequest } from '../../tenants/tenant.js';
import { type TenantPolicy, tenantPolicySchema } from '../../tenants/tenant-policy.js';
import { NO_CONTROLS, listOf, page, tags, text, time } from '../http/fields.js';

const externalId = text(200).nullable().describe('Id of the team in a system of yours; unique.');

export const newTenantSchema = z
  .strictObject({
    name: text(200),
    external_id: externalId.optional(),
    tags: tags.optional(),
    ...tenantPolicySchema.shape,
  })
  .meta({
    id: 'NewTenant',
    examples: [{ name: 'search', tags: { cost_center: '4711' }, allowed_models: ['anthropic.*'] }],
  });

export const tenantChangesSchema = z
  .strictObject({
    name: text(200).optional(),
    external_id: externalId.optional(),
    tags: tags.optional(),
    ...tenantPolicySchema.shape,
  })
  .meta({ id: 'TenantChanges', description: 'What is absent stays as it is; null takes a limit away.' });

export const tenantListQuerySchema = z.object({
  ...page,
  sort: z.enum(['created_at', 'name']).prefault('created_at'),
  status: z.enum(['active', 'suspended', 'deleted']).optional().describe('Absent: all that are not deleted.'),
  external_id: text(200).optional(),
  name: text(200).optional().describe('Part of the name.'),
  tag: z
    .string()
    .regex(new RegExp(String.raw`^[\w.:/+@-]{1,64}=${NO_CONTROLS}{1,256}$`), 'must be name=value')
    .optional(),
});

export const tenantSchema = z
  .object({
    id: z.string(),
    object: z.literal('tenant'),
    name: z.string(),
    external_id: z.string().nullable(),
    status: z.enum(['active', 'suspended', 'deleted']),
    tags: z.record(z.string(), z.string()),
    ...tenantPolicySchema.required().shape,
    version: z.int(),
    created_at: time,
    updated_at: time,
    deleted_at: time.nullable(),
  })
  .meta({ id: 'Tenant' });
export const tenantListSchema = listOf(tenantSchema).meta({ id: 'TenantList' });

export type NewTenantBody = z.infer<typeof newTenantSchema>;
export type TenantChangesBody = z.infer<typeof tenantChangesSchema>;
export type TenantListQuery = z.infer<typeof tenantListQuerySchema>;

export function toTenantBody(tenant: Tenant) {
  return {
    id: tenant.id,
    object: 'tenant' as const,
    name: tenant.name,
    external_id: tenant.externalId,
    status: tenant.status,
    tags: tenant.tags,
    ...withNulls(tenantPolicySchema, tenant.policy),
    version: tenant.version,
    created_at: tenant.createdAt,
    updated_at: tenant.updatedAt,
    deleted_at: tenant.deletedAt,
  };
}

/** The fields of a body that it names; the rest of it is the policy. */
export function toTenantChanges<B extends TenantChangesBody>(body: B): TenantChanges & { name: B['name'] } {
  const { name, external_id, tags: labels, ...policy } = body;
  return {
    name,
    ...(external_id !== undefined && { externalId: external_id }),
    ...(labels !== undefined && { tags: labels }),
    policy: policy satisfies TenantPolicy,
  };
}

export function toTenantPageRequest(query: TenantListQuery): TenantPageRequest {
  const { external_id: externalIdFilter, tag, ...rest } = query;
  const at = tag?.indexOf('=') ?? -1;
  return {
    ...rest,
    ...(externalIdFilter !== undefined && { externalId: externalIdFilter }),
    ...(tag !== undefined && { tag: { name: tag.slice(0, at), value: tag.slice(at + 1) } }),
  };
}

/** A policy with every field: one that does not limit is null. */
export function withNulls<P extends object>(schema: { shape: Record<string, unknown> }, policy: P): P {
  const nothing = Object.fromEntries(Object.keys(schema.shape).map((field) => [field, null]));
  return { ...nothing, ...policy };
}
