import { Prisma } from '../../database/generated/client.js';
import { type Cover, type Level, type Range, LEVELS, rollupRanges } from './range-cover.js';
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
const SUMS = Prisma.raw(MEASURES.map((name) => `sum(${name}) AS ${name}`).join(', '));

/** One event in the columns of a rollup. */
const EVENTS = Prisma.sql`SELECT ${SHARED}, requested_model, end_user, occurred_at AS at, occurred_at AS since, (attempt = 1)::integer AS requests,
  (attempt > 0)::integer AS attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  (NOT usage_reported AND outcome <> 'error')::integer AS attempts_without_usage,
  estimated::integer AS estimated_attempts, unpriced::integer * CASE WHEN attempt > 0 THEN 1 ELSE -1 END AS unpriced_attempts,
  cost_pico_usd FROM usage_events`;

const ROLLUPS: Record<Level, string> = {
  year: 'usage_yearly',
  month: 'usage_monthly',
  day: 'usage_daily',
  hour: 'usage_hourly',
};

/** What a report sums. */
export interface SourceQuery {
  cover: Cover;
  filters: ReportFilters;
  /** Whether its groups depend on the time of a row. */
  hasBuckets: boolean;
  /** Whether neither groups nor filters tell tenants, keys or tags apart. */
  isOverall: boolean;
}

/** The rows that a report sums, as a table `s`. */
export function reportSource(
  visible: VisibleTenants,
  { cover, filters, hasBuckets, isOverall }: SourceQuery,
): Prisma.Sql {
  const where = conditions(visible, filters);
  const seriesRows = (table: string, unit: Level) => rowsOf(table, unit, hasBuckets, visible, filters);
  const toRows = (level: Level) =>
    isOverall && visible === null ? overallRows(level) : seriesRows(ROLLUPS[level], level);
  const withSeries = (
    rows: Prisma.Sql,
  ) => Prisma.sql`SELECT ${SHARED}, NULL AS requested_model, NULL AS end_user, at, since, ${ALL}
    FROM (${rows}) r JOIN (SELECT id, since, ${SHARED} FROM usage_series) s USING (tenant_id)
    WHERE s.id = r.series_id AND ${where}`;
  const levels = LEVELS.filter((level) => cover[level].length > 0);
  const arms = levels.map((level) => withSeries(toRows(level)(cover[level])));
  if (levels.length > 0) {
    // In the same statement as the sums that it is folded into: so it counts once.
    arms.push(withSeries(seriesRows('usage_recent', 'hour')(rollupRanges(cover))));
  }
  if (cover.event.length > 0 || arms.length === 0) {
    arms.push(Prisma.sql`${EVENTS} WHERE ${inRanges('occurred_at', cover.event)} AND ${where}`);
  }
  return Prisma.sql`(${Prisma.join(arms, ' UNION ALL ')}) s`;
}

/** Rows of a rollup, summed by series first where time does not matter: the names of a series are looked up once then. */
const rowsOf =
  (table: string, unit: Level, hasBuckets: boolean, visible: VisibleTenants, { tenant }: ReportFilters) =>
  (ranges: readonly Range[]) => {
    const among = tenant ?? visible;
    const ofTenants = among ? Prisma.sql`AND tenant_id = ANY(${[...among]})` : Prisma.empty;
    const from = Prisma.sql`FROM ${Prisma.raw(table)} WHERE ${inRanges(unit, ranges)} ${ofTenants}`;
    return hasBuckets
      ? Prisma.sql`SELECT tenant_id, series_id, ${Prisma.raw(unit)} AS at, ${ALL} ${from}`
      : Prisma.sql`SELECT tenant_id, series_id, max(${Prisma.raw(unit)}) AS at, ${SUMS} ${from}
          GROUP BY tenant_id, series_id`;
  };

/** The same over all tenants, from a few rows. */
const overallRows = (level: Level) => (ranges: readonly Range[]) =>
  Prisma.sql`SELECT '' AS tenant_id, series_id, starts_at AS at, ${ALL} FROM usage_overall
    WHERE unit = ${level} AND ${inRanges('starts_at', ranges)}`;

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
