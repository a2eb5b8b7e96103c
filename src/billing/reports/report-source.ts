import { Prisma } from '../../database/generated/client.js';
import { type Grain, type RollupTable, tableOf } from './grain.js';
import { type Cover, isOneUnit, type Level, LEVELS, type Range, rollupRanges } from './range-cover.js';
import type { ReportFilters, VisibleTenants } from './usage-report.js';

const SHARED = Prisma.raw(
  'tenant_id, tenant_name, key_id, key_name, resolved_model, family, region, operation, outcome, tags',
);
const MEASURES = [
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
const ALL = Prisma.raw(MEASURES.join(', '));
const ALL_AND_ERRORS = Prisma.sql`${ALL}, errors`;
const SUMS = sumsOf(MEASURES);
const SUMS_AND_ERRORS = sumsOf([...MEASURES, 'errors']);
const IS_ERROR = Prisma.raw("outcome IN ('error', 'truncated', 'lost')");

/** Counts stay integers: those add up several times as fast as the sums that PostgreSQL makes of them. */
export function sumsOf(measures: readonly string[]): Prisma.Sql {
  const sums = measures.map((name) => `sum(${name})${name === 'cost_pico_usd' ? '' : '::bigint'} AS ${name}`);
  return Prisma.raw(sums.join(', '));
}

/** One event in the columns of a rollup. */
const EVENTS = Prisma.sql`SELECT ${SHARED}, requested_model, end_user, occurred_at AS at, occurred_at AS since, (attempt = 1)::integer AS requests,
  (attempt > 0)::integer AS attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  (NOT usage_reported AND outcome <> 'error')::integer AS attempts_without_usage,
  estimated::integer AS estimated_attempts, unpriced::integer * CASE WHEN attempt > 0 THEN 1 ELSE -1 END AS unpriced_attempts,
  cost_pico_usd, (attempt > 0 AND ${IS_ERROR})::integer AS errors FROM usage_events`;

/** Sums by hour and series that are not folded yet. */
const RECENT: RollupTable = { table: 'usage_recent', at: 'hour' };

/** What a report sums. */
export interface SourceQuery {
  cover: Cover;
  filters: ReportFilters;
  /** Whether its groups depend on the time of a row. */
  hasBuckets: boolean;
  /** Which sums it may read. */
  grain: Grain;
}

/** The rows that a report sums, as a table `s`. */
export function reportSource(visible: VisibleTenants, { cover, filters, hasBuckets, grain }: SourceQuery): Prisma.Sql {
  const where = conditions(visible, filters);
  const withSeries = (rollup: RollupTable, level: Level, ranges: readonly Range[]) => {
    const errors = rollup.hasErrors ? Prisma.raw('errors') : Prisma.sql`CASE WHEN ${IS_ERROR} THEN attempts ELSE 0 END`;
    return Prisma.sql`SELECT ${SHARED}, NULL AS requested_model, NULL AS end_user, at, since, ${ALL}, ${errors} AS errors
      FROM (${rowsOf(rollup, ranges, !hasBuckets && !isOneUnit(ranges, level), filters.tenant ?? visible)}) r
      JOIN (SELECT id, since, ${SHARED} FROM usage_series) s USING (tenant_id) WHERE s.id = r.series_id AND ${where}`;
  };
  const levels = LEVELS.filter((level) => cover[level].length > 0);
  const arms = levels.map((level) => withSeries(tableOf(grain, level), level, cover[level]));
  // In the same statement as the sums that it is folded into: so it counts once.
  if (levels.length > 0) arms.push(withSeries(RECENT, 'hour', rollupRanges(cover)));
  if (cover.event.length > 0 || arms.length === 0) {
    arms.push(Prisma.sql`${EVENTS} WHERE ${inRanges('occurred_at', cover.event)} AND ${where}`);
  }
  return Prisma.sql`(${Prisma.join(arms, ' UNION ALL ')}) s`;
}

/** Rows of a rollup, summed by series first where there are several and time does not matter: a series is looked up once then. */
function rowsOf(
  { table, at: column, unit, hasErrors }: RollupTable,
  ranges: readonly Range[],
  areSummed: boolean,
  tenants: readonly string[] | null,
): Prisma.Sql {
  const at = Prisma.raw(column);
  const tenantId = Prisma.raw(table === 'usage_overall' ? "'' AS tenant_id" : 'tenant_id');
  const ofUnit = unit ? Prisma.sql`unit = ${unit} AND` : Prisma.empty;
  const ofTenants = tenants ? Prisma.sql`AND tenant_id = ANY(${[...tenants]})` : Prisma.empty;
  const isWithin = ranges.length === 1 ? inRanges(column, ranges) : Prisma.sql`${at} >= starts AND ${at} < ends`;
  const rows = Prisma.sql`FROM ${Prisma.raw(table)} WHERE ${ofUnit} ${isWithin} ${ofTenants}`;
  // Of many ranges each is looked up: one condition for all of them would read what lies between, too.
  const from =
    ranges.length === 1
      ? rows
      : Prisma.sql`FROM unnest(${ranges.map((range) => range.from)}::timestamptz[], ${ranges.map(({ to }) => to)}::timestamptz[])
          ranges (starts, ends), LATERAL (SELECT * ${rows} OFFSET 0) r`;
  return areSummed
    ? Prisma.sql`SELECT ${tenantId}, series_id, max(${at}) AS at, ${hasErrors ? SUMS_AND_ERRORS : SUMS} ${from}
        GROUP BY 1, series_id`
    : Prisma.sql`SELECT ${tenantId}, series_id, ${at} AS at, ${hasErrors ? ALL_AND_ERRORS : ALL} ${from}`;
}

function inRanges(column: string, ranges: readonly Range[]): Prisma.Sql {
  if (ranges.length === 0) return Prisma.sql`false`;
  const each = ranges.map(
    ({ from, to }) => Prisma.sql`(${Prisma.raw(column)} >= ${from} AND ${Prisma.raw(column)} < ${to})`,
  );
  return Prisma.sql`(${Prisma.join(each, ' OR ')})`;
}

function conditions(visible: VisibleTenants, filters: ReportFilters): Prisma.Sql {
  const among = {
    tenant_id: filters.tenant,
    key_id: filters.key,
    resolved_model: filters.model,
    requested_model: filters.requested_model,
    family: filters.family,
    region: filters.region,
    operation: filters.operation,
    outcome: filters.outcome,
    end_user: filters.end_user,
  };
  return Prisma.join(
    [
      visible ? Prisma.sql`tenant_id = ANY(${[...visible]})` : Prisma.sql`true`,
      ...Object.entries(among).flatMap(([column, values]) =>
        values === undefined ? [] : [Prisma.sql`${Prisma.raw(column)} = ANY(${[...values]})`],
      ),
      ...(filters.tags ?? []).map(
        (tag) => Prisma.sql`EXISTS (SELECT FROM jsonb_each_text(tags) t WHERE t.key || '=' || t.value = ${tag})`,
      ),
    ],
    ' AND ',
  );
}
