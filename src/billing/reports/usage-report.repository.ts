import { Injectable } from '@nestjs/common';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import type { UsageDimension, UsageQuery } from './usage-query.js';
import type { UsageRow, UsageTotals } from './usage-report.js';

/** Which tenants a reader may see; null sees all. */
export type VisibleTenants = readonly string[] | null;

type SumRow = Record<string, string | bigint>;

const SUMS = Prisma.sql`
  count(*) FILTER (WHERE attempt = 1) AS requests,
  count(*) AS attempts,
  count(*) FILTER (WHERE outcome IN ('error', 'truncated', 'lost')) AS errors,
  coalesce(sum(input_tokens), 0)::bigint AS input_tokens,
  coalesce(sum(output_tokens), 0)::bigint AS output_tokens,
  coalesce(sum(cache_read_tokens), 0)::bigint AS cache_read_tokens,
  (coalesce(sum(cache_write_5m_tokens), 0) + coalesce(sum(cache_write_1h_tokens), 0))::bigint AS cache_write_tokens,
  coalesce(sum(cache_write_5m_tokens), 0)::bigint AS cache_write_5m_tokens,
  coalesce(sum(cache_write_1h_tokens), 0)::bigint AS cache_write_1h_tokens,
  count(*) FILTER (WHERE NOT usage_reported AND outcome <> 'error') AS attempts_without_usage,
  count(*) FILTER (WHERE estimated) AS estimated_attempts`;

/** Sums of the ledger. */
@Injectable()
export class UsageReportRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** One row per group, in the order of its dimensions. */
  async listGroups(visible: VisibleTenants, query: UsageQuery): Promise<UsageRow[]> {
    if (query.group_by.length === 0) {
      return [];
    }
    const dimensions = query.group_by.map((dimension) => DIMENSIONS[dimension](query.time_zone));
    const positions = query.group_by.map((_, index) => index + 1).join(', ');
    const rows = await this.prisma.$queryRaw<SumRow[]>`
      SELECT ${Prisma.join(dimensions.map(({ value }) => value))},
        ${Prisma.join([...dimensions.flatMap(({ name }) => name ?? []), SUMS])}
      FROM usage_events WHERE ${filterSql(visible, query)}
      GROUP BY ${Prisma.raw(positions)} ORDER BY ${Prisma.raw(positions)}`;
    return rows.map(toRow);
  }

  /** The sums over everything that the query selects. */
  async getTotals(visible: VisibleTenants, query: UsageQuery): Promise<UsageTotals> {
    const rows = await this.prisma.$queryRaw<SumRow[]>`
      SELECT ${SUMS} FROM usage_events WHERE ${filterSql(visible, query)}`;
    return toRow(rows[0] ?? {}) as unknown as UsageTotals;
  }
}

/** Names change; a group is shown under the name that its latest event holds. */
function latest(column: string): Prisma.Sql {
  return Prisma.raw(`(array_agg(${column} ORDER BY occurred_at DESC))[1] AS ${column}`);
}

const DIMENSIONS: Record<UsageDimension, (timeZone: string) => { value: Prisma.Sql; name?: Prisma.Sql }> = {
  tenant: () => ({ value: Prisma.sql`tenant_id`, name: latest('tenant_name') }),
  key: () => ({ value: Prisma.sql`key_id`, name: latest('key_name') }),
  model: () => ({ value: Prisma.sql`resolved_model AS model` }),
  requested_model: () => ({ value: Prisma.sql`requested_model` }),
  family: () => ({ value: Prisma.sql`family` }),
  region: () => ({ value: Prisma.sql`region` }),
  operation: () => ({ value: Prisma.sql`operation` }),
  outcome: () => ({ value: Prisma.sql`outcome` }),
  hour: (timeZone) => ({ value: bucketSql('hour', 'YYYY-MM-DD"T"HH24:00', timeZone) }),
  day: (timeZone) => ({ value: bucketSql('day', 'YYYY-MM-DD', timeZone) }),
  month: (timeZone) => ({ value: bucketSql('month', 'YYYY-MM', timeZone) }),
};

function bucketSql(name: string, format: string, timeZone: string): Prisma.Sql {
  return Prisma.sql`to_char(occurred_at AT TIME ZONE ${timeZone}, ${format}) AS ${Prisma.raw(name)}`;
}

function filterSql(visible: VisibleTenants, query: UsageQuery): Prisma.Sql {
  const conditions = [Prisma.sql`occurred_at >= ${query.from} AND occurred_at < ${query.to}`];
  if (visible) conditions.push(Prisma.sql`tenant_id = ANY(${[...visible]})`);
  if (query.tenant_id) conditions.push(Prisma.sql`tenant_id = ${query.tenant_id}`);
  if (query.key_id) conditions.push(Prisma.sql`key_id = ${query.key_id}`);
  if (query.model) conditions.push(Prisma.sql`resolved_model = ${query.model}`);
  return Prisma.join(conditions, ' AND ');
}

function toRow(row: SumRow): UsageRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
  );
}
