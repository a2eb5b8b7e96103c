import { z } from 'zod';
import { toUsd } from '../../billing/pricing/money.js';
import type { RerateQuery, RerateResult } from '../../billing/rerating/rerating.js';
import { queryTime, text, time } from '../http/fields.js';

export const rerateSchema = z
  .strictObject({
    from: queryTime.describe('Events from this moment on.'),
    to: queryTime.describe('Events before this moment.'),
    tenant_id: text(64).nullable().prefault(null).describe('Null: all tenants.'),
    model: text(512).nullable().prefault(null).describe('Base model id, as prices have it. Null: all models.'),
    dry_run: z.boolean().prefault(true).describe('Only tell what would change.'),
  })
  .refine(({ from, to }) => from < to, { error: 'must be before `to`', path: ['from'] })
  .meta({ id: 'Rerate' });
export type RerateBody = z.infer<typeof rerateSchema>;

export const rerateResultSchema = z
  .object({
    object: z.literal('rerate'),
    dry_run: z.boolean(),
    from: time,
    to: time,
    events: z.int().describe('Events that were looked at.'),
    changed: z.int().describe('Events whose cost changes.'),
    priced: z.int().describe('Of these, those that had no price before.'),
    unrated: z.int().describe('Events that no known price rates, or whose usage is not known.'),
    landed_in_current_month: z.int().describe('Adjustments of events of locked months.'),
    difference_usd: z.string(),
    data: z.array(
      z.object({
        tenant_id: z.string(),
        model: z.string(),
        changed: z.int(),
        priced: z.int(),
        cost_before_usd: z.string(),
        cost_after_usd: z.string(),
        difference_usd: z.string(),
      }),
    ),
  })
  .meta({ id: 'RerateResult' });

export function toRerateQuery({ from, to, tenant_id: tenantId, model }: RerateBody): RerateQuery {
  return { from, to, tenantId, model };
}

export function toRerateBody({ query, dryRun, events, unrated, groups, landedLater }: RerateResult) {
  const before = groups.reduce((sum, group) => sum + group.before, 0n);
  const after = groups.reduce((sum, group) => sum + group.after, 0n);
  return {
    object: 'rerate' as const,
    dry_run: dryRun,
    from: query.from,
    to: query.to,
    events,
    changed: groups.reduce((sum, group) => sum + group.changed, 0),
    priced: groups.reduce((sum, group) => sum + group.priced, 0),
    unrated,
    landed_in_current_month: landedLater,
    difference_usd: toUsd(after - before),
    data: groups.map((group) => ({
      tenant_id: group.tenantId,
      model: group.model,
      changed: group.changed,
      priced: group.priced,
      cost_before_usd: toUsd(group.before),
      cost_after_usd: toUsd(group.after),
      difference_usd: toUsd(group.after - group.before),
    })),
  };
}
