import { z } from 'zod';
import { storableText } from '../../common/storable-text.js';
import { fromCursor } from './cursor.js';
import {
  type Bucket,
  finestBucket,
  isReportDimension,
  REPORT_DIMENSIONS,
  type ReportDimension,
} from './report-dimension.js';
import { reportTime, timeZoneName } from './report-time.js';

const DAY_MS = 86_400_000;
const DEFAULT_RANGE_DAYS = 30;
const PAGE_MAX = 10_000;
/** Longest ranges, so that no report has to read millions of rows. */
const RANGE_DAYS_MAX: Partial<Record<Bucket, number>> = { minute: 1, hour: 31, day: 3_660 };

const filter = z
  .union([storableText, z.array(storableText).max(100)])
  .transform((value) => [value].flat())
  .optional();

/** Query string of the usage and cost reports. Dates are UTC; `to` is not part of the range. */
export const reportQuerySchema = z
  .strictObject({
    from: reportTime.optional().describe('Absent: 30 days before `to`, from midnight on.'),
    to: reportTime.optional().describe('Absent: now.'),
    group_by: z
      .string()
      .transform((text, context) => {
        const dimensions = text.split(',').map((part) => part.trim());
        if (!dimensions.every(isReportDimension)) {
          context.addIssue({
            code: 'custom',
            message: `must be a list of ${REPORT_DIMENSIONS.join(', ')}, tag:<name>`,
          });
          return z.NEVER;
        }
        return [...new Set(dimensions)];
      })
      .prefault('tenant,model')
      .describe(`Several, separated by commas: ${REPORT_DIMENSIONS.join(', ')} and \`tag:<name>\`.`),
    time_zone: timeZoneName.prefault('UTC'),
    tenant_id: filter.describe('One or, given repeatedly, several; so are the other filters.'),
    key_id: filter,
    model: filter,
    requested_model: filter,
    family: filter,
    region: filter,
    operation: filter,
    outcome: filter,
    end_user: filter,
    tag: filter
      .refine((tags = []) => tags.every((tag) => tag.includes('=')), 'must be name=value')
      .describe('`name=value`; of several, all must hold.'),
    format: z.enum(['json', 'csv', 'ndjson']).prefault('json').describe('`csv` and `ndjson` hold every group.'),
    limit: z.coerce.number().int().min(1).max(PAGE_MAX).prefault(1_000).describe('Most groups of a page.'),
    after: z.string().optional().describe('`next_cursor` of the page before.'),
  })
  .transform(({ from, to, after, format, limit, group_by: groupBy, time_zone: timeZone, ...filters }, context) => {
    const end = to ?? new Date();
    const start = from ?? new Date(Math.floor(end.getTime() / DAY_MS - DEFAULT_RANGE_DAYS) * DAY_MS);
    const cursor = after === undefined ? null : fromCursor(after, groupBy.length);
    if (after !== undefined && cursor === null) {
      context.addIssue({ code: 'custom', message: 'is not a cursor of this report', path: ['after'] });
    }
    const { tenant_id: tenant, key_id: key, tag: tags, ...others } = filters;
    const selection = { from: start, to: end, timeZone, groupBy, filters: { tenant, key, tags, ...others } };
    return { selection, format, page: { cursor, limit } };
  })
  .refine(({ selection: { from, to } }) => from < to, { error: 'must be before `to`', path: ['from'] })
  .superRefine(({ selection: { from, to, groupBy, filters } }, context) => {
    const bucket = finestBucket(groupBy);
    const days = bucket ? RANGE_DAYS_MAX[bucket] : undefined;
    if (days !== undefined && to.getTime() - from.getTime() > days * DAY_MS) {
      context.addIssue({
        code: 'custom',
        message: `may be at most ${days} days before \`to\` by ${bucket}`,
        path: ['from'],
      });
    }
    if (isUnbounded(groupBy, filters)) {
      context.addIssue({ code: 'custom', message: 'is needed for a report by end user', path: ['tenant_id'] });
    }
  });

/** End users are known within their tenant; their names are read from its single events. */
function isUnbounded(groupBy: readonly ReportDimension[], filters: { tenant?: unknown; end_user?: unknown }): boolean {
  const asksForEndUsers = groupBy.includes('end_user') || filters.end_user !== undefined;
  return asksForEndUsers && filters.tenant === undefined;
}

export type ReportQuery = z.infer<typeof reportQuerySchema>;
