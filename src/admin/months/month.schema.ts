import { z } from 'zod';
import type { LockedMonth } from '../../billing/months/locked-month.js';
import { toMonthName } from '../../billing/months/month.service.js';

export const monthSchema = z
  .string()
  .regex(/^20\d{2}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-10')
  .transform((name) => new Date(`${name}-01T00:00:00Z`));

export function toMonthBody(locked: LockedMonth) {
  return {
    object: 'month' as const,
    month: toMonthName(locked.month),
    locked_at: locked.lockedAt,
    locked_by: locked.lockedBy,
    late_events: locked.lateEvents,
    adjustments: locked.adjustments,
  };
}
