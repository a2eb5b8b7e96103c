import { toUsd } from '../../billing/pricing/money.js';
import type { ReportGroup, UsageSums, VisibleTenants } from '../../billing/reports/usage-report.js';
import type { UsageReportService } from '../../billing/reports/usage-report.service.js';
import { type BucketPage, type OrganizationField, toNextPage } from './organization-query.js';

/** What OpenAI's answers call the fields of a group. */
const LABELS: Record<OrganizationField, string> = {
  project_id: 'tenant_id',
  api_key_id: 'key_id',
  model: 'model',
  user_id: 'end_user',
  line_item: 'model',
};

type Result = Record<string, unknown>;

/** Most results of a page, whatever its buckets: a page is held in memory. */
const RESULTS_MAX = 10_000;

/**
 * A page of buckets in OpenAI's shape, also those in which nothing was used. Where they have too many results it ends within a bucket,
 * which the next page begins with.
 */
export async function toOrganizationPage(
  reports: Pick<UsageReportService, 'list'>,
  visible: VisibleTenants,
  { selection, bucket, fields, bounds, after, nextPage }: BucketPage,
  toResult: (sums: UsageSums) => Result,
  fieldsShown: readonly OrganizationField[],
) {
  const buckets = bounds.slice(0, -1).map((start, index) => ({
    object: 'bucket' as const,
    start_time: start,
    end_time: bounds[index + 1] ?? start,
    results: [] as Result[],
  }));
  const indexes = new Map(buckets.map((each, index) => [toLabel(each.start_time, bucket), index]));
  const groups = await reports.list(visible, selection, { cursor: after, limit: RESULTS_MAX + 1 });
  let last = 0;
  for (const { labels, sums } of groups.slice(0, RESULTS_MAX)) {
    last = indexes.get(labels[bucket] ?? '') ?? 0;
    buckets[last]?.results.push({ ...toResult(sums), ...toNames(labels, fields, fieldsShown) });
  }
  if (groups.length <= RESULTS_MAX) return toPage(buckets, nextPage);
  const lastKey = groups[RESULTS_MAX - 1]?.key ?? [];
  return toPage(buckets.slice(0, last + 1), toNextPage(bounds[last] ?? 0, lastKey));
}

function toPage<T>(data: T[], nextPage: string | null) {
  return { object: 'page' as const, data, has_more: nextPage !== null, next_page: nextPage };
}

function toNames(
  labels: ReportGroup['labels'],
  fields: readonly OrganizationField[],
  shown: readonly OrganizationField[],
) {
  return Object.fromEntries(shown.map((field) => [field, fields.includes(field) ? labels[LABELS[field]] : null]));
}

/** What the report calls the bucket that a second falls into. */
function toLabel(second: number, bucket: BucketPage['bucket']): string {
  const iso = new Date(second * 1_000).toISOString();
  if (bucket === 'day') return iso.slice(0, 10);
  return bucket === 'hour' ? `${iso.slice(0, 13)}:00` : iso.slice(0, 16);
}

/** Cached and written tokens are part of `input_tokens`, as OpenAI counts. */
export function toCompletionsResult(sums: UsageSums): Result {
  return {
    object: 'organization.usage.completions.result',
    input_tokens: sums.input_tokens + sums.cache_read_tokens + sums.cache_write_tokens,
    input_uncached_tokens: sums.input_tokens,
    input_cached_tokens: sums.cache_read_tokens,
    input_cache_write_tokens: sums.cache_write_tokens,
    input_audio_tokens: 0,
    output_tokens: sums.output_tokens,
    output_audio_tokens: 0,
    num_model_requests: sums.requests,
    batch: null,
    service_tier: null,
  };
}

export const toInputResult =
  (name: 'embeddings' | 'moderations') =>
  (sums: UsageSums): Result => ({
    object: `organization.usage.${name}.result`,
    input_tokens: sums.input_tokens,
    num_model_requests: sums.requests,
  });

/** OpenAI's amount is a JSON number; the exact decimal is beside it. */
export function toCostsResult({ cost_pico_usd: cost, unpriced_attempts: unpriced }: UsageSums): Result {
  const exact = toUsd(cost);
  return {
    object: 'organization.costs.result',
    amount: { value: Number(exact), currency: 'usd', exact },
    quantity: null,
    unpriced_attempts: unpriced,
  };
}
