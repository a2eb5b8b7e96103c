import { z } from 'zod';
import { fromCursor } from './cursor.js';

/** What a report can be grouped by. `minute` to `month` are buckets in the report's time zone. */
export const REPORT_DIMENSIONS = [
  'tenant',
  'key',
  'model',
  'requested_model',
  'family',
  'region',
  'operation',
  'outcome',
  'minute',
  'hour',
  'day',
  'month',
] as const;
export type ReportDimension = (typeof REPORT_DIMENSIONS)[number];

const DEFAULT_RANGE_MS = 30 * 86_400_000;
const PAGE_MAX = 10_000;

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

const dimensionsSchema = z.array(z.enum(REPORT_DIMENSIONS));
const filter = z.string().min(1).optional();

/** Query string of the usage and cost reports. Dates are UTC; `to` is not part of the range. */
export const reportQuerySchema = z
  .strictObject({
    from: instant.optional().describe('Absent: 30 days before `to`.'),
    to: instant.optional().describe('Absent: now.'),
    group_by: z
      .string()
      .transform((text, context) => {
        const parsed = dimensionsSchema.safeParse(text.split(',').map((part) => part.trim()));
        if (!parsed.success) {
          context.addIssue({ code: 'custom', message: `must be a list of ${REPORT_DIMENSIONS.join(', ')}` });
          return z.NEVER;
        }
        return [...new Set(parsed.data)];
      })
      .prefault('tenant,model'),
    time_zone: z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin').prefault('UTC'),
    tenant_id: filter,
    key_id: filter,
    model: filter,
    family: filter,
    region: filter,
    operation: filter,
    outcome: filter,
    format: z.enum(['json', 'csv', 'ndjson']).prefault('json').describe('`csv` and `ndjson` hold every group.'),
    limit: z.coerce.number().int().min(1).max(PAGE_MAX).prefault(1_000).describe('Most groups of a page.'),
    after: z.string().optional().describe('`next_cursor` of the page before.'),
  })
  .transform(({ from, to, after, ...query }, context) => {
    const end = to ?? new Date();
    const cursor = after === undefined ? null : fromCursor(after, query.group_by.length);
    if (after !== undefined && cursor === null) {
      context.addIssue({ code: 'custom', message: 'is not a cursor of this report', path: ['after'] });
    }
    return { ...query, from: from ?? new Date(end.getTime() - DEFAULT_RANGE_MS), to: end, cursor };
  })
  .refine(({ from, to }) => from < to, { error: 'must be before `to`', path: ['from'] });

export type ReportQuery = z.infer<typeof reportQuerySchema>;
