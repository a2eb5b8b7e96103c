import { Prisma } from '../../database/generated/client.js';
import type { ReportDimension, ReportQuery } from './report-query.js';

/** Which tenants a reader may see; null sees all. */
export type VisibleTenants = readonly string[] | null;

const HOUR_MS = 3_600_000;
const SHARED = Prisma.raw(
  'tenant_id, tenant_name, key_id, key_name, resolved_model, family, region, operation, outcome, cost_pico_usd',
);

/** One event in the columns of a rollup row. */
const EVENTS = Prisma.sql`SELECT ${SHARED}, requested_model, occurred_at AS at, (attempt = 1)::integer AS requests,
  1 AS attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  (NOT usage_reported AND outcome <> 'error')::integer AS attempts_without_usage,
  estimated::integer AS estimated_attempts, unpriced::integer AS unpriced_attempts FROM usage_events`;

const ROLLUPS = Prisma.sql`SELECT ${SHARED}, NULL AS requested_model, hour AS at, requests,
  attempts, input_tokens, output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens,
  attempts_without_usage, estimated_attempts, unpriced_attempts FROM usage_hourly`;

/**
 * The rows that a report sums: rollups for the whole hours of its range and events for the rest, or events alone
 * where the hours of the rollups are too coarse.
 */
export function reportSource(visible: VisibleTenants, query: ReportQuery): Prisma.Sql {
  const firstHour = new Date(Math.ceil(query.from.getTime() / HOUR_MS) * HOUR_MS);
  const lastHour = new Date(Math.floor(query.to.getTime() / HOUR_MS) * HOUR_MS);
  if (firstHour >= lastHour || !hoursSuffice(query)) {
    return Prisma.sql`(${EVENTS} WHERE ${inRange('occurred_at', query.from, query.to)} AND ${filters(visible, query)}) s`;
  }
  return Prisma.sql`(
    ${ROLLUPS} WHERE ${inRange('hour', firstHour, lastHour)} AND ${filters(visible, query)}
    UNION ALL ${EVENTS} WHERE ${inRange('occurred_at', query.from, firstHour)} AND ${filters(visible, query)}
    UNION ALL ${EVENTS} WHERE ${inRange('occurred_at', lastHour, query.to)} AND ${filters(visible, query)}) s`;
}

const BUCKETS: readonly ReportDimension[] = ['hour', 'day', 'month'];

function hoursSuffice({ group_by: dimensions, from, to, time_zone: timeZone }: ReportQuery): boolean {
  if (dimensions.includes('minute') || dimensions.includes('requested_model')) {
    return false;
  }
  if (!dimensions.some((dimension) => BUCKETS.includes(dimension))) {
    return true;
  }
  // A zone such as Asia/Kolkata begins its days within an hour of UTC; some do so for a part of the year only.
  const halfYear = new Date(from.getTime() + 182 * 24 * HOUR_MS);
  return [from, halfYear, to].every((at) => /^GMT([+-]\d\d:00)?$/.test(offset(at, timeZone)));
}

function offset(at: Date, timeZone: string): string {
  const parts = Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}

function inRange(column: string, from: Date, to: Date): Prisma.Sql {
  return Prisma.sql`${Prisma.raw(column)} >= ${from} AND ${Prisma.raw(column)} < ${to}`;
}

function filters(visible: VisibleTenants, query: ReportQuery): Prisma.Sql {
  const equal = {
    tenant_id: query.tenant_id,
    key_id: query.key_id,
    resolved_model: query.model,
    family: query.family,
    region: query.region,
    operation: query.operation,
    outcome: query.outcome,
  };
  const conditions = Object.entries(equal).flatMap(([column, value]) =>
    value === undefined ? [] : [Prisma.sql`${Prisma.raw(column)} = ${value}`],
  );
  const tenants = visible ? Prisma.sql`tenant_id = ANY(${[...visible]})` : Prisma.sql`true`;
  return Prisma.join([tenants, ...conditions], ' AND ');
}
