/** What a report can be grouped by, beside `tag:<name>`. */
export const REPORT_DIMENSIONS = [
  'tenant',
  'key',
  'model',
  'requested_model',
  'family',
  'region',
  'operation',
  'outcome',
  'end_user',
  'minute',
  'hour',
  'day',
  'month',
] as const;

/** `minute` to `month` are buckets in the report's time zone; `tag:<name>` is the value of that tag. */
export type ReportDimension = (typeof REPORT_DIMENSIONS)[number] | `tag:${string}`;

/** Buckets of time, from fine to coarse. */
export const BUCKETS = ['minute', 'hour', 'day', 'month'] as const;
export type Bucket = (typeof BUCKETS)[number];

const TAG = /^tag:[\w.:/=+@-]{1,64}$/;

export function isReportDimension(name: string): name is ReportDimension {
  return (REPORT_DIMENSIONS as readonly string[]).includes(name) || TAG.test(name);
}

/** The name of the tag that a dimension stands for; null for every other dimension. */
export function tagOf(dimension: ReportDimension): string | null {
  return dimension.startsWith('tag:') ? dimension.slice('tag:'.length) : null;
}

/** The finest bucket of these; null when there is none. */
export function finestBucket(dimensions: readonly ReportDimension[]): Bucket | null {
  return BUCKETS.find((bucket) => dimensions.includes(bucket)) ?? null;
}

/** Whether the dimension is a bucket of time. */
export function isBucket(dimension: ReportDimension): dimension is Bucket {
  return (BUCKETS as readonly string[]).includes(dimension);
}
