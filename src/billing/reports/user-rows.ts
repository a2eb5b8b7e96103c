import { Prisma } from '../../database/generated/client.js';
import { type Cover, startsOf } from './range-cover.js';
import { ALL, OF_EVENT } from './report-columns.js';

/** What sums by end user do not tell apart. */
const UNTOLD = Prisma.raw("'' AS key_id, '' AS key_name");

/**
 * The months and days of a cover by end user: sums of those that have been summed, events of the others. Of a month that has not been
 * summed, its days. In one statement, so that a unit whose sums are just being made or taken away counts once.
 */
export function userRows({ month, day }: Cover, tenants: readonly string[], where: Prisma.Sql): Prisma.Sql {
  const isSummed = Prisma.raw(`EXISTS (SELECT FROM usage_user_units u
    WHERE u.tenant_id = w.tenant_id AND u.unit = w.unit AND u.starts_at = w.starts_at AND u.is_summed)`);
  return Prisma.sql`
    SELECT * FROM (
      WITH months AS MATERIALIZED (
        SELECT *, ${isSummed} AS is_summed FROM (
          SELECT tenant_id, 'month' AS unit, starts_at
          FROM unnest(${[...tenants]}::text[]) tenant_id, unnest(${startsOf(month, 'month')}::timestamptz[]) starts_at
        ) w
      ), days AS MATERIALIZED (
        SELECT *, ${isSummed} AS is_summed FROM (
          SELECT tenant_id, 'day' AS unit, starts_at
          FROM unnest(${[...tenants]}::text[]) tenant_id, unnest(${startsOf(day, 'day')}::timestamptz[]) starts_at
          UNION ALL SELECT tenant_id, 'day', day FROM months, generate_series(
            starts_at, usage_month_after(starts_at, 1) - interval '24 hours', interval '24 hours') day
          WHERE NOT is_summed
        ) w
      )
      SELECT tenant_id, tenant_name, ${UNTOLD}, resolved_model, family, region, operation, '' AS outcome, '{}'::jsonb AS tags,
        requested_model, end_user, starts_at AS at, starts_at AS since, ${ALL}, errors
      FROM (SELECT * FROM months UNION ALL SELECT * FROM days) w JOIN usage_by_user USING (tenant_id, unit, starts_at)
      WHERE is_summed AND ${where}
      UNION ALL
      SELECT ${OF_EVENT} FROM (
        SELECT tenant_id AS of, min(starts_at) AS starts, max(starts_at) + interval '24 hours' AS ends FROM (
          SELECT tenant_id, starts_at,
            starts_at - interval '24 hours' * row_number() OVER (PARTITION BY tenant_id ORDER BY starts_at) AS neighbours
          FROM days WHERE NOT is_summed
        ) d GROUP BY tenant_id, neighbours
      ) d, LATERAL (
        SELECT * FROM usage_events WHERE tenant_id = d.of AND occurred_at >= d.starts AND occurred_at < d.ends OFFSET 0
      ) e WHERE ${where}
    ) u`;
}
