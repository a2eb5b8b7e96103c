import { Prisma } from '../../database/generated/client.js';

/** What rollups and events tell apart, all but end users and what they asked for. */
export const SHARED = Prisma.raw(
  'tenant_id, tenant_name, key_id, key_name, resolved_model, family, region, operation, outcome, tags',
);
export const MEASURES = [
  'requests',
  'attempts',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'attempts_without_usage',
  'estimated_attempts',
  'unpriced_attempts',
  'cost_pico_usd',
];
export const ALL = Prisma.raw(MEASURES.join(', '));
export const IS_ERROR = Prisma.raw("outcome IN ('error', 'truncated', 'lost')");

/** One event in the columns of a rollup. */
export const OF_EVENT = Prisma.sql`${SHARED}, requested_model, end_user, occurred_at AS at, occurred_at AS since,
  (attempt = 1)::integer AS requests, (attempt > 0)::integer AS attempts, input_tokens, output_tokens, cache_read_tokens,
  cache_write_5m_tokens, cache_write_1h_tokens, (NOT usage_reported AND outcome <> 'error')::integer AS attempts_without_usage,
  estimated::integer AS estimated_attempts, unpriced::integer * CASE WHEN attempt > 0 THEN 1 ELSE -1 END AS unpriced_attempts,
  cost_pico_usd, (attempt > 0 AND ${IS_ERROR})::integer AS errors`;

/** Counts stay integers: those add up several times as fast as the sums that PostgreSQL makes of them. */
export function sumOf(measure: string): string {
  return measure === 'cost_pico_usd' ? `sum(${measure})` : `usage_sum(${measure})`;
}

/** The sums of measures, by their own names. */
export function sumsOf(measures: readonly string[]): Prisma.Sql {
  return Prisma.raw(measures.map((name) => `${sumOf(name)} AS ${name}`).join(', '));
}
