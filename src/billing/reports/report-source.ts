import { Prisma } from '../../database/generated/client.js';
import { type Grain, type RollupTable, tableOf } from './grain.js';
import { type Cover, isOneUnit, LEVELS, type Range, rollupRanges } from './range-cover.js';
import { ALL, IS_ERROR, MEASURES, OF_EVENT, SHARED, sumsOf } from './report-columns.js';
import type { ReportFilters, VisibleTenants } from './usage-report.js';
import { userRows } from './user-rows.js';

const SUMS_AND_ERRORS = sumsOf([...MEASURES, 'errors']);

/** More would make a query longer than what it reads. */
const RANGES_APART_MAX = 4;

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
export function reportSource(visible: VisibleTenants, query: SourceQuery): Prisma.Sql {
  const { cover, filters } = query;
  const where = conditions(visible, filters);
  const named = filters.tenant ?? visible;
  const tenants = named && [...new Set(named)];
  const arms: Prisma.Sql[] = [];
  if (rollupRanges(cover).length > 0) {
    arms.push(query.grain === 'user' ? userRows(cover, tenants ?? [], where) : seriesRows(query, tenants, where));
  }
  if (cover.event.length > 0 || arms.length === 0) {
    arms.push(
      Prisma.sql`SELECT ${OF_EVENT} FROM usage_events WHERE ${inRanges('occurred_at', cover.event)} AND ${where}`,
    );
  }
  return Prisma.sql`(${Prisma.join(arms, ' UNION ALL ')}) s`;
}

/** Rows of rollups with what their series say. */
function seriesRows(query: SourceQuery, tenants: readonly string[] | null, where: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT ${SHARED}, NULL AS requested_model, NULL AS end_user, at, since, ${ALL},
      coalesce(errors, CASE WHEN ${IS_ERROR} THEN attempts ELSE 0 END) AS errors
    FROM (${keptRows(query, tenants)}) r
    JOIN (SELECT id, since, ${SHARED} FROM usage_series) s USING (tenant_id) WHERE s.id = r.series_id AND ${where}`;
}

/** Rows of rollups, summed by series where there may be several and time does not matter: a series is looked up once then. */
function keptRows({ cover, grain, hasBuckets }: SourceQuery, tenants: readonly string[] | null): Prisma.Sql {
  const levels = LEVELS.filter((level) => cover[level].length > 0);
  const [level, ...finer] = levels;
  const isOneRow = level !== undefined && finer.length === 0 && isOneUnit(cover[level], level);
  const parts = levels.flatMap((each) =>
    apart(cover[each]).map((ranges) => rowsOf(tableOf(grain, each), ranges, tenants)),
  );
  // In the same statement as the sums that it is folded into: so it counts once.
  const rows = Prisma.join([...parts, rowsOf(RECENT, rollupRanges(cover), tenants)], ' UNION ALL ');
  return hasBuckets || isOneRow
    ? rows
    : Prisma.sql`SELECT tenant_id, series_id, max(at) AS at, ${SUMS_AND_ERRORS} FROM (${rows}) r GROUP BY 1, 2`;
}

/** Few ranges are read one by one, so that workers can share them; many are looked up together. */
function apart(ranges: readonly Range[]): Range[][] {
  return ranges.length <= RANGES_APART_MAX ? ranges.map((range) => [range]) : [[...ranges]];
}

/** Rows of one rollup. */
function rowsOf(
  { table, at: column, unit, hasErrors }: RollupTable,
  ranges: readonly Range[],
  tenants: readonly string[] | null,
): Prisma.Sql {
  const at = Prisma.raw(column);
  const tenantId = Prisma.raw(table === 'usage_overall' ? "'' AS tenant_id" : 'tenant_id');
  const errors = Prisma.raw(hasErrors ? 'errors' : 'NULL::bigint AS errors');
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
  return Prisma.sql`SELECT ${tenantId}, series_id, ${at} AS at, ${ALL}, ${errors} ${from}`;
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
