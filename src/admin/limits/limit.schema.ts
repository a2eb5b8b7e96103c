import { z } from 'zod';
import { LIMIT_KINDS, LIMIT_WINDOWS, type LimitRule, type RateLimit } from '../../billing/limits/rate-limit.js';
import { toPriceSubject } from '../../billing/pricing/to-price-subject.js';
import { limitAmount } from '../../tenants/own-limits.js';
import { listOf, page, text, time } from '../http/fields.js';

const amount = limitAmount.nullable().describe('null: unlimited. 0: nothing passes.');
const kind = z
  .enum(LIMIT_KINDS)
  .describe('Tokens count as expected when a call begins (prompt and output limit) and as used when it has ended.');
const limitWindow = z.enum(LIMIT_WINDOWS).describe('The last 60 seconds or 24 hours, at any time.');

export const newLimitSchema = z
  .strictObject({
    tenant_id: text(64).optional().describe('Absent: all tenants together.'),
    key_id: text(64).optional().describe('A key of the tenant. Absent: all its keys together.'),
    model: text(512)
      .optional()
      .describe('Model id, no alias; counts under every inference profile and alias. Absent: all models together.'),
    kind,
    window: limitWindow.optional().describe('Required, except for `concurrent_requests`, which has none.'),
    limit: amount,
  })
  .refine((body) => body.key_id === undefined || body.tenant_id !== undefined, {
    error: 'needs the tenant of the key',
    path: ['tenant_id'],
  })
  .refine((body) => (body.window === undefined) === (body.kind === 'concurrent_requests'), {
    error: 'must be minute or day, and absent for concurrent_requests',
    path: ['window'],
  })
  .meta({ id: 'NewRateLimit', examples: [{ tenant_id: 'tenant_1', kind: 'requests', window: 'minute', limit: 600 }] });
export type NewLimitBody = z.infer<typeof newLimitSchema>;

export const limitChangesSchema = z.strictObject({ limit: amount }).meta({ id: 'RateLimitChanges' });
export type LimitChangesBody = z.infer<typeof limitChangesSchema>;

export const limitListQuerySchema = z.object({
  after: page.after,
  limit: page.limit,
  tenant_id: text(64).optional(),
});
export type LimitListQuery = z.infer<typeof limitListQuerySchema>;

export const limitSchema = z
  .object({
    id: z.string(),
    object: z.literal('rate_limit'),
    tenant_id: z.string().nullable(),
    key_id: z.string().nullable(),
    model: z.string().nullable(),
    kind,
    window: limitWindow.nullable(),
    limit: amount,
    version: z.int(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'RateLimit' });
export const limitListSchema = listOf(limitSchema).meta({ id: 'RateLimitList' });

export function toLimitRule(body: NewLimitBody): LimitRule {
  return {
    tenantId: body.tenant_id ?? '',
    keyId: body.key_id ?? '',
    model: body.model === undefined ? '' : toPriceSubject({ resolvedModel: body.model }).model,
    kind: body.kind,
    window: body.window ?? '',
    amount: body.limit,
  };
}

export function toLimitBody(limit: RateLimit) {
  return {
    id: limit.id,
    object: 'rate_limit' as const,
    tenant_id: limit.tenantId || null,
    key_id: limit.keyId || null,
    model: limit.model || null,
    kind: limit.kind,
    window: limit.window || null,
    limit: limit.amount,
    version: limit.version,
    created_at: limit.createdAt,
    updated_at: limit.updatedAt,
  };
}
