import { Injectable } from '@nestjs/common';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import { toUsd } from '../pricing/money.js';
import type { ReportDimension, ReportQuery } from './report-query.js';
import { reportSource, type VisibleTenants } from './report-source.js';
import type { ReportGroup, UsageSums } from './usage-report.js';

type Row = Record<string, string | bigint>;

const sum = (column: string) => `coalesce(sum(${column}), 0)::bigint AS ${column}`;

const SUMS = Prisma.raw(`
  ${sum('requests')}, ${sum('attempts')},
  coalesce(sum(attempts) FILTER (WHERE outcome IN ('error', 'truncated', 'lost')), 0)::bigint AS errors,
  ${sum('input_tokens')}, ${sum('output_tokens')}, ${sum('cache_read_tokens')},
  (coalesce(sum(cache_write_5m_tokens), 0) + coalesce(sum(cache_write_1h_tokens), 0))::bigint AS cache_write_tokens,
  ${sum('cache_write_5m_tokens')}, ${sum('cache_write_1h_tokens')},
  ${sum('attempts_without_usage')}, ${sum('estimated_attempts')}, ${sum('unpriced_attempts')},
  coalesce(sum(cost_pico_usd), 0)::text AS cost_usd`);

interface Dimension {
  /** The field that the group is known by. */
  field: string;
  value(timeZone: string): Prisma.Sql;
  /** A column beside it that may change: the latest one is shown. */
  name?: string;
}

const column = (name: string, field = name): Dimension => ({ field, value: () => Prisma.raw(name) });
const bucket = (field: string, format: string): Dimension => ({
  field,
  value: (timeZone) => Prisma.sql`to_char(at AT TIME ZONE ${timeZone}, ${format})`,
});

const DIMENSIONS: Record<ReportDimension, Dimension> = {
  tenant: { ...column('tenant_id'), name: 'tenant_name' },
  key: { ...column('key_id'), name: 'key_name' },
  model: column('resolved_model', 'model'),
  requested_model: column('requested_model'),
  family: column('family'),
  region: column('region'),
  operation: column('operation'),
  outcome: column('outcome'),
  minute: bucket('minute', 'YYYY-MM-DD"T"HH24:MI'),
  hour: bucket('hour', 'YYYY-MM-DD"T"HH24:00'),
  day: bucket('day', 'YYYY-MM-DD'),
  month: bucket('month', 'YYYY-MM'),
};

/** Sums of the ledger. */
@Injectable()
export class UsageReportRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** At most `limit` groups after the cursor, in the order of their dimensions. */
  async listGroups(visible: VisibleTenants, query: ReportQuery, limit: number): Promise<ReportGroup[]> {
    const dimensions = query.group_by.map((dimension) => DIMENSIONS[dimension]);
    if (dimensions.length === 0) {
      return [];
    }
    const keys = Prisma.raw(dimensions.map((_, index) => `k${index}`).join(', '));
    const values = dimensions.map(
      (dimension, index) => Prisma.sql`${dimension.value(query.time_zone)} AS ${Prisma.raw(`k${index}`)}`,
    );
    const names = dimensions.flatMap(({ name }) =>
      name === undefined ? [] : [Prisma.raw(`(array_agg(${name} ORDER BY at DESC))[1] AS ${name}`)],
    );
    const after = query.cursor ? Prisma.sql`WHERE (${keys}) > (${Prisma.join(query.cursor)})` : Prisma.empty;
    const rows = await this.prisma.$queryRaw<Row[]>`
      SELECT * FROM (
        SELECT ${Prisma.join([...values, ...names, SUMS])} FROM ${reportSource(visible, query)} GROUP BY ${keys}
      ) g ${after} ORDER BY ${keys} LIMIT ${limit}`;
    return rows.map((row) => toGroup(row, dimensions));
  }

  /** The sums over everything that the query selects. */
  async getTotals(visible: VisibleTenants, query: ReportQuery): Promise<UsageSums> {
    const [row = {}] = await this.prisma.$queryRaw<Row[]>`SELECT ${SUMS} FROM ${reportSource(visible, query)}`;
    return toSums(row);
  }
}

function toGroup(row: Row, dimensions: readonly Dimension[]): ReportGroup {
  const key = dimensions.map((_, index) => String(row[`k${index}`]));
  const labels: Record<string, string> = {};
  for (const [index, { field, name }] of dimensions.entries()) {
    labels[field] = key[index] ?? '';
    if (name !== undefined) labels[name] = String(row[name]);
  }
  const sums = Object.entries(row).filter(([field]) => !/^k\d+$/.test(field) && !(field in labels));
  return { key, labels, sums: toSums(Object.fromEntries(sums)) };
}

function toSums({ cost_usd: cost, ...counts }: Row): UsageSums {
  const numbers = Object.entries(counts).map(([field, value]) => [field, Number(value)]);
  return { ...Object.fromEntries(numbers), cost_usd: toUsd(BigInt(cost ?? 0)) } as UsageSums;
}
