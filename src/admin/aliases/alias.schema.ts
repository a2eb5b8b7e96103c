import { z } from 'zod';
import type { AliasChanges, NewAlias } from '../../models/aliases/model-alias.service.js';
import type { ModelAlias } from '../../models/aliases/model-alias.js';
import { listOf, page, text, time } from '../http/fields.js';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/, 'must begin with a letter or digit and hold no others than .-_:/')
  .describe('What clients send as `model`. A tenant’s own alias goes before everyone’s of the same name.');

const modelId = z
  .string()
  .regex(/^[\x21-\x7e]{1,512}$/, 'must be a model id, an inference profile id or an ARN')
  .describe('Model id, inference profile id or ARN; no other alias.');

const target = z.strictObject({
  model: modelId,
  weight: z.int().min(1).max(1_000_000).prefault(1).describe('Its part of the requests, beside the other weights.'),
});

const targets = z
  .array(target)
  .min(1)
  .max(20)
  .describe('One is chosen for each request, at random by the weights of those that the key may use.');
const fallbacks = z.array(modelId).max(20).describe('Tried in this order when the chosen target fails.');

export const newAliasSchema = z
  .strictObject({
    name,
    tenant_id: text(64).optional().describe('Absent: everyone.'),
    targets,
    fallbacks: fallbacks.prefault([]),
  })
  .meta({
    id: 'NewModelAlias',
    examples: [
      {
        name: 'team-default',
        targets: [
          { model: 'eu.anthropic.claude-sonnet-4-6', weight: 9 },
          { model: 'eu.anthropic.claude-haiku-4-5-20251001-v1:0', weight: 1 },
        ],
        fallbacks: ['eu.amazon.nova-pro-v1:0'],
      },
    ],
  });
export type NewAliasBody = z.infer<typeof newAliasSchema>;

export const aliasChangesSchema = z
  .strictObject({ targets: targets.optional(), fallbacks: fallbacks.optional() })
  .meta({ id: 'ModelAliasChanges' });
export type AliasChangesBody = z.infer<typeof aliasChangesSchema>;

export const aliasSchema = z
  .object({
    id: z.string(),
    object: z.literal('model_alias'),
    name: z.string(),
    tenant_id: z.string().nullable(),
    targets: z.array(z.object({ model: z.string(), weight: z.int() })),
    fallbacks: z.array(z.string()),
    version: z.int(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'ModelAlias' });
export const aliasListSchema = listOf(aliasSchema).meta({ id: 'ModelAliasList' });

export const aliasListQuerySchema = z.object({
  ...page,
  tenant_id: text(64).optional().describe('Only those of this tenant, without those of everyone.'),
});
export type AliasListQuery = z.infer<typeof aliasListQuerySchema>;

export function toNewAlias({ tenant_id: tenantId = '', ...alias }: NewAliasBody): NewAlias {
  return { tenantId, ...alias };
}

export function toAliasChanges({ targets: to, fallbacks: then }: AliasChangesBody): AliasChanges {
  return { targets: to, fallbacks: then };
}

export function toAliasBody(alias: ModelAlias) {
  return {
    id: alias.id,
    object: 'model_alias' as const,
    name: alias.name,
    tenant_id: alias.tenantId || null,
    targets: alias.targets,
    fallbacks: alias.fallbacks,
    version: alias.version,
    created_at: alias.createdAt,
    updated_at: alias.updatedAt,
  };
}
