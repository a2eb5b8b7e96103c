import { z } from 'zod';

/** What a usage report can be grouped by. `hour`, `day` and `month` are buckets in the report's time zone. */
export const USAGE_DIMENSIONS = [
  'tenant',
  'key',
  'model',
  'requested_model',
  'family',
  'region',
  'operation',
  'outcome',
  'hour',
  'day',
  'month',
] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

const DEFAULT_RANGE_MS = 30 * 86_400_000;

const instant = z
  .string()
  .refine((text) => /^\d{1,11}$/.test(text) || /^\d{4}-\d{2}-\d{2}(T.*)?$/.test(text), {
    error: 'must be a time such as 2026-11-22T10:00:00Z, a date or Unix seconds',
  })
  .transform((text) => new Date(/^\d{1,11}$/.test(text) ? Number(text) * 1000 : text))
  .refine((date) => !Number.isNaN(date.getTime()), { error: 'is not a time that exists' });

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const list = (text: string) => text.split(',').map((part) => part.trim());

/** Query string of `GET /admin/v1/usage`. Times without an offset and dates are UTC; `to` is not part of the range. */
export const usageQuerySchema = z
  .strictObject({
    from: instant.optional(),
    to: instant.optional(),
    group_by: z
      .string()
      .transform(list)
      .pipe(z.array(z.enum(USAGE_DIMENSIONS, `must be of ${USAGE_DIMENSIONS.join(', ')}`)))
      .transform((dimensions) => [...new Set(dimensions)])
      .prefault('tenant,model'),
    time_zone: z
      .string()
      .refine(isTimeZone, { error: 'must be an IANA time zone such as Europe/Berlin' })
      .prefault('UTC'),
    tenant_id: z.string().min(1).optional(),
    key_id: z.string().min(1).optional(),
    model: z.string().min(1).optional(),
  })
  .transform(({ from, to, ...query }) => {
    const end = to ?? new Date();
    return { ...query, from: from ?? new Date(end.getTime() - DEFAULT_RANGE_MS), to: end };
  })
  .refine(({ from, to }) => from < to, { error: 'must be before `to`', path: ['from'] });

export type UsageQuery = z.infer<typeof usageQuerySchema>;
