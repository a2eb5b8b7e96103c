import { z } from 'zod';
import type { ModelGroup } from '../../tenants/model-groups/model-group.repository.js';
import { modelPattern } from '../../tenants/tenant-policy.js';
import { listOf, time } from '../http/fields.js';

export const modelGroupPatternsSchema = z
  .strictObject({
    patterns: z
      .array(modelPattern.refine((pattern) => !pattern.startsWith('group:'), 'must not name another group'))
      .max(500),
  })
  .meta({ id: 'ModelGroupPatterns', examples: [{ patterns: ['anthropic.claude-haiku-*', 'amazon.nova-lite-*'] }] });

export const modelGroupSchema = z
  .object({
    id: z.string(),
    object: z.literal('model_group'),
    name: z.string(),
    patterns: z.array(z.string()),
    version: z.int(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'ModelGroup' });
export const modelGroupListSchema = listOf(modelGroupSchema).meta({ id: 'ModelGroupList' });

export type ModelGroupPatternsBody = z.infer<typeof modelGroupPatternsSchema>;

export function toModelGroupBody({ name, patterns, version, createdAt, updatedAt }: ModelGroup) {
  return {
    id: name,
    object: 'model_group' as const,
    name,
    patterns,
    version,
    created_at: createdAt,
    updated_at: updatedAt,
  };
}
