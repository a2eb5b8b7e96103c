import { z } from 'zod';
import type { LockedMonth } from '../../billing/months/locked-month.js';
import { toMonthName } from '../../billing/months/month.service.js';
import { listOf, page, time } from '../http/fields.js';

export const monthSchema = z
  .string()
  .regex(/^20\d{2}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-10')
  .transform((name) => new Date(`${name}-01T00:00:00Z`));

export const lockedMonthSchema = z
  .object({
    id: z.string().describe('The month again: `after` of the next page.'),
    object: z.literal('month'),
    month: z.string().meta({ examples: ['2026-10'] }),
    locked_at: time,
    locked_by: z.string().describe('Id of the operator.'),
    late_events: z.int().describe('Events of this month that came after the lock and stand in a later one.'),
    adjustments: z.int().describe('Adjustments of its events that stand in a later month.'),
  })
  .meta({ id: 'LockedMonth' });
export const lockedMonthListSchema = listOf(lockedMonthSchema).meta({ id: 'LockedMonthList' });

export const monthListQuerySchema = z.object({
  after: monthSchema.optional().describe('The last month of the page before.'),
  limit: page.limit,
});
export type MonthListQuery = z.infer<typeof monthListQuerySchema>;

export function toMonthBody(locked: LockedMonth) {
  return {
    id: toMonthName(locked.month),
    object: 'month' as const,
    month: toMonthName(locked.month),
    locked_at: locked.lockedAt,
    locked_by: locked.lockedBy,
    late_events: locked.lateEvents,
    adjustments: locked.adjustments,
  };
}
