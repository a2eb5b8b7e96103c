import { z } from 'zod';
import { storableText } from '../../common/storable-text.js';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { fromCursor, toCursor } from '../../billing/reports/cursor.js';
import type { Bucket, ReportDimension } from '../../billing/reports/report-dimension.js';
import type { ReportSelection } from '../../billing/reports/usage-report.js';

/** How long a bucket is, which of ours it is, and how many a page holds, as OpenAI has it. */
const WIDTHS = {
  '1m': { bucket: 'minute', lengthMs: 60_000, pageDefault: 60, pageMax: 1_440 },
  '1h': { bucket: 'hour', lengthMs: 3_600_000, pageDefault: 24, pageMax: 168 },
  '1d': { bucket: 'day', lengthMs: 86_400_000, pageDefault: 7, pageMax: 31 },
} as const satisfies Record<string, { bucket: Bucket; lengthMs: number; pageDefault: number; pageMax: number }>;
const COSTS_PAGE_MAX = 180;

/** What OpenAI's fields are here. */
const DIMENSIONS = {
  project_id: 'tenant',
  api_key_id: 'key',
  model: 'model',
  user_id: 'end_user',
  line_item: 'model',
} as const satisfies Record<string, ReportDimension>;
export type OrganizationField = keyof typeof DIMENSIONS;

const list = <T extends z.ZodType<string, string>>(item: T) =>
  z
    .union([item, z.array(item).max(100)])
    .transform((value) => [value].flat() as z.output<T>[])
    .optional();
const names = list(storableText);
const seconds = z.coerce.number().int().min(0).max(99_999_999_999);
/** Where a page begins: a second, and behind a dot the last group that was shown of the bucket there. */
const page = z
  .string()
  .regex(/^page_\d{1,11}(\.[\w-]+)?$/, 'is not a `next_page` of this list')
  .transform((value) => {
    const [second, cursor] = value.slice('page_'.length).split('.');
    return { second: Number(second), cursor };
  })
  .optional();

/** The `next_page` that goes on behind a group of the bucket that begins there. */
export function toNextPage(second: number, lastGroup?: readonly string[]): string {
  return lastGroup ? `page_${second}.${toCursor(lastGroup)}` : `page_${second}`;
}

/** OpenAI's clients send lists as `name[]`, curl users as `name`. */
const SHARED = {
  start_time: seconds.describe('Unix seconds; part of the range.'),
  end_time: seconds.optional().describe('Unix seconds; not part of the range. Absent: now.'),
  limit: z.coerce.number().int().min(1).max(1_440).optional().describe('Most buckets of a page.'),
  page: page.describe('`next_page` of the page before.'),
  project_ids: names.describe('Tenants.'),
  'project_ids[]': names,
  api_key_ids: names,
  'api_key_ids[]': names,
};

const usageField = list(z.enum(['project_id', 'user_id', 'api_key_id', 'model']));
/** https://platform.openai.com/docs/api-reference/usage/completions */
export const organizationUsageQuerySchema = z.strictObject({
  ...SHARED,
  bucket_width: z.enum(['1m', '1h', '1d']).prefault('1d'),
  group_by: usageField.describe('`project_id` is the tenant, `user_id` the end user; that one needs `project_ids`.'),
  'group_by[]': usageField,
  models: names,
  'models[]': names,
  user_ids: names,
  'user_ids[]': names,
});

const costField = list(z.enum(['project_id', 'user_id', 'api_key_id', 'line_item']));
/** https://platform.openai.com/docs/api-reference/usage/costs */
export const organizationCostsQuerySchema = z.strictObject({
  ...SHARED,
  bucket_width: z.enum(['1d']).prefault('1d'),
  group_by: costField.describe('`line_item` is the model.'),
  'group_by[]': costField,
});

export type OrganizationUsageQuery = z.infer<typeof organizationUsageQuerySchema>;
export type OrganizationCostsQuery = z.infer<typeof organizationCostsQuerySchema>;

/** What both queries have, in the widest form. */
type BucketQuery = Omit<OrganizationUsageQuery, 'group_by' | 'group_by[]'> & {
  group_by?: OrganizationField[] | undefined;
  'group_by[]'?: OrganizationField[] | undefined;
};

/** A page of buckets: the selection that fills it, and its bounds in Unix seconds. */
export interface BucketPage {
  selection: ReportSelection;
  bucket: Bucket;
  fields: readonly OrganizationField[];
  /** Where the buckets begin, and where the last one ends. */
  bounds: number[];
  /** The group behind which the page begins; null: at the first. */
  after: string[] | null;
  nextPage: string | null;
}

/**
 * The buckets that a query asks for: cut at whole minutes, hours or days in UTC, the first and the last at its own ends.
 * @throws GatewayError 400 naming the field
 */
export function toBucketPage(query: BucketQuery, operation?: string): BucketPage {
  const { bucket, lengthMs, pageDefault, pageMax } = WIDTHS[query.bucket_width];
  const limitMax = operation === undefined ? COSTS_PAGE_MAX : pageMax;
  const limit = query.limit ?? pageDefault;
  if (limit > limitMax) throw invalidRequest('limit', `may be at most ${limitMax}.`);
  const end = query.end_time ?? Math.ceil(Date.now() / 1_000);
  const start = Math.max(query.page?.second ?? 0, query.start_time);
  if (query.start_time >= end) throw invalidRequest('start_time', 'must be before `end_time`.');
  const length = lengthMs / 1_000;
  const bounds = [start];
  for (let at = start; at < end && bounds.length <= limit;) {
    at = Math.min((Math.floor(at / length) + 1) * length, end);
    bounds.push(at);
  }
  const last = bounds.at(-1) ?? start;
  const fields = [...new Set([...(query.group_by ?? []), ...(query['group_by[]'] ?? [])])];
  const { project_ids: tenant = query['project_ids[]'], api_key_ids: key = query['api_key_ids[]'] } = query;
  const model = query.models ?? query['models[]'];
  const endUser = query.user_ids ?? query['user_ids[]'];
  if ((fields.includes('user_id') || endUser) && !tenant) {
    throw invalidRequest('project_ids', 'is needed for a report by user.');
  }
  const groupBy = [bucket, ...new Set(fields.map((field) => DIMENSIONS[field]))];
  const after = query.page?.cursor === undefined ? null : fromCursor(query.page.cursor, groupBy.length);
  if (query.page?.cursor !== undefined && after === null) {
    throw invalidRequest('page', 'is not a `next_page` of this list.');
  }
  return {
    selection: {
      from: new Date(start * 1_000),
      to: new Date(last * 1_000),
      timeZone: 'UTC',
      groupBy,
      filters: { tenant, key, model, end_user: endUser, operation: operation === undefined ? undefined : [operation] },
    },
    bucket,
    fields,
    bounds,
    after,
    nextPage: last < end ? toNextPage(last) : null,
  };
}
