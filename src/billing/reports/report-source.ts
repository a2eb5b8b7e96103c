import { Prisma } from '../../database/generated/client.js';
import type { Cover, Level, Range } from './range-cover.js';
import type { ReportFilters, VisibleTenants } from './usage-report.js';

const SHARED = Prisma.raw(
  'tenant_id, tenant_name, key_id, key_name, resolved_model, family, region, operation, outcome, tags',
);
const MEASURES = Prisma.raw(
  `requests, attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  attempts_without_usage, estimated_attempts, unpriced_attempts, cost_pico_usd`,
);

/** One event in the columns of a rollup. */
const EVENTS = Prisma.sql`SELECT ${SHARED}, requested_model, end_user, occurred_at AS at, (attempt = 1)::integer AS requests,
  1 AS attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  (NOT usage_reported AND outcome <> 'error')::integer AS attempts_without_usage,
  estimated::integer AS estimated_attempts, unpriced::integer AS unpriced_attempts, cost_pico_usd FROM usage_events`;

const ROLLUPS: Record<Level, string> = { month: 'usage_monthly', day: 'usage_daily', hour: 'usage_hourly' };

const rollup = (level: Level) => Prisma.sql`SELECT ${SHARED}, NULL AS requested_model, NULL AS end_user,
  ${Prisma.raw(level)} AS at, ${MEASURES}
  FROM ${Prisma.raw(ROLLUPS[level])} r JOIN (SELECT id, ${SHARED} FROM usage_series) s USING (tenant_id)`;

/** The rows that a report sums, as a table `s`. */
export function reportSource(visible: VisibleTenants, cover: Cover, filters: ReportFilters): Prisma.Sql {
  const where = conditions(visible, filters);
  const arms = (Object.keys(ROLLUPS) as Level[])
    .filter((level) => cover[level].length > 0)
    .map(
      (level) =>
        Prisma.sql`${rollup(level)} WHERE s.id = r.series_id AND ${inRanges(level, cover[level])} AND ${where}`,
    );
  if (cover.event.length > 0 || arms.length === 0) {
    arms.push(Prisma.sql`${EVENTS} WHERE ${inRanges('occurred_at', cover.event)} AND ${where}`);
  }
  return Prisma.sql`(${Prisma.join(arms, ' UNION ALL ')}) s`;
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
