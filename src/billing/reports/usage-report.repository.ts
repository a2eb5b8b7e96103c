import { Injectable } from '@nestjs/common';
import { unavailable } from '../../common/errors/gateway-error.js';
import { AppConfig } from '../../config/app-config.js';
import { Prisma } from '../../database/generated/client.js';
import { PrismaService } from '../../database/prisma.service.js';
import { type Bucket, isBucket, type ReportDimension, tagOf } from './report-dimension.js';
import { readOnce } from './read-once.js';
import { MEASURES as SUMMED, sumOf, sumsOf } from './report-columns.js';
import { reportSource, type SourceQuery } from './report-source.js';
import type { ReportGroup, UsageSums, VisibleTenants } from './usage-report.js';

type Row = Record<string, string>;

/** On a machine that is busy, or for rows that are not in memory yet. */
const REPORT_TIMEOUT_MS = 60_000;

/**
 * To compile a query would take longer than to run it; groups that do not fit into memory go to disk. What is read lies in memory
 * mostly, so that to jump costs little more than to go on, and to add it up is what workers of the server can share.
 */
const SETTINGS = {
  jit: 'off',
  work_mem: '64MB',
  random_page_cost: '1.1',
  effective_cache_size: '4GB',
  parallel_setup_cost: '200',
  parallel_tuple_cost: '0.01',
  statement_timeout: String(REPORT_TIMEOUT_MS),
};

const MEASURES = [...SUMMED, 'errors'];
const SUMS = sumsOf(MEASURES);
/** The sums of such sums; text, because a cost may be larger than any integer type. */
const TOTALS = Prisma.raw(MEASURES.map((name) => `coalesce(${sumOf(name)}, 0)::text AS ${name}`).join(', '));
/** An adjustment may have nothing but tokens or a price: what is left out of the groups would be missed in their totals. */
const IS_ANYTHING = Prisma.raw(MEASURES.map((name) => `${sumOf(name)} <> 0`).join(' OR '));

interface Dimension {
  /** The field that the group is known by. */
  field: string;
  value: Prisma.Sql;
  /** A column beside it that may change: the latest one is shown. */
  name?: string;
  /** An empty value stands for none. */
  optional?: true;
}

const column = (name: string, field = name): Dimension => ({ field, value: Prisma.raw(name) });
/** What a bucket is called. In the order of these names buckets follow each other. */
const FORMATS: Record<Bucket, string> = {
  minute: 'YYYY-MM-DD"T"HH24:MI',
  hour: 'YYYY-MM-DD"T"HH24:00',
  day: 'YYYY-MM-DD',
  month: 'YYYY-MM',
};
const DIMENSIONS: Record<Exclude<ReportDimension, Bucket | `tag:${string}`>, Dimension> = {
  tenant: { ...column('tenant_id'), name: 'tenant_name' },
  key: { ...column('key_id'), name: 'key_name' },
  model: column('resolved_model', 'model'),
  requested_model: column('requested_model'),
  family: column('family'),
  region: column('region'),
  operation: column('operation'),
  outcome: column('outcome'),
  end_user: { field: 'end_user', value: Prisma.raw("coalesce(end_user, '')"), optional: true },
};

/** A bucket is grouped by its number among all of the range: to name one for each row would take longer than all else. */
function toDimension(dimension: ReportDimension, { buckets }: GroupQuery): Dimension {
  if (isBucket(dimension)) {
    const starts = (buckets[dimension] ?? []).map(({ at }) => at);
    return { field: dimension, value: Prisma.sql`width_bucket(at, ${starts}::timestamptz[])` };
  }
  const tag = tagOf(dimension);
  return tag === null
    ? DIMENSIONS[dimension as keyof typeof DIMENSIONS]
    : { field: dimension, value: Prisma.sql`coalesce(tags ->> ${tag}, '')`, optional: true };
}

/** What is summed, and how it is grouped. */
export interface GroupQuery extends SourceQuery {
  groupBy: readonly ReportDimension[];
  /** Those of the range, for each that it is grouped by. */
  buckets: Partial<Record<Bucket, readonly BucketStart[]>>;
}

/** Where a bucket begins, and what it is called. */
export interface BucketStart {
  at: Date;
  name: string;
  /** The clock is set back across this moment: what came before it may have the bucket's name as well. */
  isRepeated: boolean;
}

/** Most exports of a process that have a connection of their own, however slowly they are read. */
const EXPORTS_MAX = 5;
const EXPORT_RETRY_S = 10;
const REPORT_RETRY_S = 60;

/** Of the server, of a statement that was ended for its time, and of Prisma, of a transaction that was. */
const TIMEOUTS = ['57014', 'P2028'];

/** Sums of the ledger. Each of its reports is a 503 when it takes longer than a minute. */
@Injectable()
export class UsageReportRepository {
  private exports = 0;

  constructor(
    private readonly prisma: PrismaService,
    private readonly config: AppConfig,
  ) {}

  /** At most `limit` groups after the cursor, in the order of their dimensions. */
  async listGroups(
    visible: VisibleTenants,
    query: GroupQuery,
    { cursor, limit }: { cursor: readonly string[] | null; limit: number },
  ): Promise<ReportGroup[]> {
    if (query.groupBy.length === 0) {
      return [];
    }
    const rows = await this.run<Row>(Prisma.sql`${groupsSql(visible, query, cursor)} LIMIT ${limit}`);
    return rows.map(groupReader(query));
  }

  /**
   * Every group after the cursor, `first` and then `others` at a time, summed once. A connection is taken until the last was
   * read: 503 where too many are.
   */
  async *readGroups(
    visible: VisibleTenants,
    query: GroupQuery,
    cursor: readonly string[] | null,
    sizes: { first: number; others: number },
  ): AsyncGenerator<ReportGroup[]> {
    const pages = readOnce<Row>(this.config.databaseUrl, groupsSql(visible, query, cursor), SETTINGS, sizes);
    if (this.exports === EXPORTS_MAX) throw unavailable('Too many exports are being read.', EXPORT_RETRY_S);
    this.exports += 1;
    try {
      const toGroup = groupReader(query);
      for await (const rows of pages) yield rows.map(toGroup);
    } catch (error) {
      throw toReportError(error);
    } finally {
      this.exports -= 1;
    }
  }

  /** The sums over everything that the query selects. */
  async getTotals(visible: VisibleTenants, query: SourceQuery): Promise<UsageSums> {
    const [row = {}] = await this.run<Row>(Prisma.sql`
      SELECT ${TOTALS} FROM (SELECT ${SUMS} FROM ${reportSource(visible, query)}) g`);
    return toSums(row);
  }

  /** At most `limit` of the visible tenants that have ever used anything, from `first` on, in order. */
  async listTenantIds(visible: VisibleTenants, first: string, limit: number): Promise<string[]> {
    const among = visible ? Prisma.sql`AND tenant_id = ANY(${[...visible]})` : Prisma.empty;
    const rows = await this.prisma.$queryRaw<{ id: string }[]>`
      SELECT DISTINCT tenant_id COLLATE "C" AS id FROM (
        SELECT tenant_id FROM usage_by_tenant WHERE unit = 'year' UNION ALL SELECT tenant_id FROM usage_recent
      ) t WHERE tenant_id COLLATE "C" >= ${first} ${among} ORDER BY 1 LIMIT ${limit}`;
    return rows.map(({ id }) => id);
  }

  /** The buckets of a time zone that a range reaches into, the first from the range's own start on: wherever their name changes. */
  async listBuckets(bucketName: Bucket, timeZone: string, from: Date, to: Date): Promise<BucketStart[]> {
    const nameOf = (at: Prisma.Sql) => Prisma.sql`to_char((${at}) AT TIME ZONE ${timeZone}, ${FORMATS[bucketName]})`;
    const at = Prisma.raw('at');
    const isSetBack = Prisma.sql`${timeZone} <> 'UTC'
      AND (at - make_interval(mins => earlier)) AT TIME ZONE ${timeZone} >= at AT TIME ZONE ${timeZone}`;
    return this.prisma.$queryRaw<BucketStart[]>`
      WITH locals AS (
        SELECT local AT TIME ZONE ${timeZone} AS at FROM generate_series(
          date_trunc(${bucketName}, ${from}::timestamptz AT TIME ZONE ${timeZone}),
          ${to}::timestamptz AT TIME ZONE ${timeZone}, ('1 ' || ${bucketName})::interval
        ) local
      ), starts AS (
        SELECT ${from}::timestamptz AS at UNION SELECT at FROM locals
        UNION SELECT at - make_interval(mins => earlier) FROM locals, generate_series(30, 180, 30) earlier WHERE ${isSetBack}
      )
      SELECT at, ${nameOf(at)} AS name, EXISTS (
        SELECT FROM generate_series(30, 180, 30) earlier WHERE ${isSetBack}
      ) AS "isRepeated"
      FROM starts WHERE at >= ${from} AND at < ${to}
        AND (at = ${from} OR ${nameOf(at)} <> ${nameOf(Prisma.sql`at - interval '1 microsecond'`)}) ORDER BY 1`;
  }

  /** The first moment of a month (`YYYY-MM`) of a time zone and that of the next one. */
  async getMonthRange(month: string, timeZone: string): Promise<{ from: Date; to: Date }> {
    const [range] = await this.prisma.$queryRaw<{ from: Date; to: Date }[]>`
      SELECT first AT TIME ZONE ${timeZone} AS "from", (first + interval '1 month') AT TIME ZONE ${timeZone} AS "to"
      FROM (SELECT ${`${month}-01`}::timestamp AS first) m`;
    if (!range) throw new Error('A query without tables has no row.');
    return range;
  }

  /** Up to where events of all tenants, or of one of these, have been deleted: of any, for null. Null: nothing has. */
  async findHorizon(tenants: VisibleTenants): Promise<Date | null> {
    const { _max: latest } = await this.prisma.usageHorizon.aggregate({
      _max: { before: true },
      where: tenants ? { tenantId: { in: ['', ...tenants] } } : {},
    });
    return latest.before;
  }

  private async run<T>(query: Prisma.Sql): Promise<T[]> {
    const reading = this.prisma.$transaction(
      async (db) => {
        await db.$executeRaw`SELECT set_config(name, value, true) FROM jsonb_each_text(${SETTINGS}::jsonb) s (name, value)`;
        return db.$queryRaw<T[]>(query);
      },
      { timeout: REPORT_TIMEOUT_MS },
    );
    return reading.catch((error: unknown) => {
      throw toReportError(error);
    });
  }
}

function toReportError(error: unknown): unknown {
  const { code, meta } = error as {
    code?: string;
    meta?: { driverAdapterError?: { cause?: { originalCode?: string } } };
  };
  const codes = [code, meta?.driverAdapterError?.cause?.originalCode];
  const isTimeout = codes.some((each) => each !== undefined && TIMEOUTS.includes(each));
  return isTimeout ? unavailable('This report takes too long. Ask for a shorter range.', REPORT_RETRY_S, error) : error;
}

/** Every group after the cursor, in the order of their dimensions. */
function groupsSql(visible: VisibleTenants, query: GroupQuery, cursor: readonly string[] | null): Prisma.Sql {
  const dimensions = query.groupBy.map((dimension) => toDimension(dimension, query));
  const keys = Prisma.raw(dimensions.map((_, index) => `k${index}`).join(', '));
  const ordered = Prisma.raw(dimensions.map((_, index) => `k${index} COLLATE "C"`).join(', '));
  const columns = query.groupBy.map((dimension, index) => Prisma.raw(`${isBucket(dimension) ? 'n' : 'k'}${index}`));
  const values = dimensions.map(({ value }, index) => Prisma.sql`${value} AS ${columns[index]}`);
  const names = dimensions.flatMap(({ name }) => (name === undefined ? [] : [Prisma.raw(name)]));
  const latestNames = names.map(
    (name) => Prisma.sql`(array_agg(${name} ORDER BY at DESC, since DESC, ${name}))[1] AS ${name}`,
  );
  const after = cursor ? Prisma.sql`WHERE (${ordered}) > (${Prisma.join([...cursor])})` : Prisma.empty;
  const source = reportSource(visible, query);
  return Prisma.sql`
    WITH numbered AS (
      SELECT ${Prisma.join([...values, ...names, Prisma.raw('max(at) AS at, max(since) AS since'), SUMS])} FROM ${source}
      GROUP BY ${Prisma.join([...columns, ...names])}
    ), groups AS (SELECT * FROM numbered ${withBucketNames(query)})
    SELECT ${Prisma.join([keys, ...latestNames, TOTALS])} FROM groups ${after}
    GROUP BY ${keys} HAVING ${IS_ANYTHING} ORDER BY ${ordered}`;
}

/** Joins to numbers of buckets their names. Two may have the same: the hours between which the clock is set back. */
function withBucketNames({ groupBy, buckets }: GroupQuery): Prisma.Sql {
  const joins = groupBy.map((dimension, index) => {
    if (!isBucket(dimension)) return Prisma.empty;
    const names = (buckets[dimension] ?? []).map(({ name }) => name);
    return Prisma.sql`JOIN unnest(${names}::text[]) WITH ORDINALITY ${Prisma.raw(`b${index}(k${index}, at${index})
      ON at${index} = n${index}`)}`;
  });
  return Prisma.join(joins, ' ');
}

/** The names of a group's labels, in their order. */
export function labelsOf(groupBy: readonly ReportDimension[]): string[] {
  return groupBy.flatMap((dimension) => {
    if (isBucket(dimension) || tagOf(dimension) !== null) return [dimension];
    const { field, name } = DIMENSIONS[dimension as keyof typeof DIMENSIONS];
    return name === undefined ? [field] : [field, name];
  });
}

/** What makes groups of the rows of a query. */
function groupReader(query: GroupQuery): (row: Row) => ReportGroup {
  const dimensions = query.groupBy.map((dimension, index) => ({
    ...toDimension(dimension, query),
    from: `k${index}`,
  }));
  return (row) => {
    const key: string[] = [];
    const labels: Record<string, string | null> = {};
    for (const { from, field, name, optional } of dimensions) {
      const value = String(row[from]);
      key.push(value);
      labels[field] = optional && value === '' ? null : value;
      if (name !== undefined) labels[name] = String(row[name]);
    }
    return { key, labels, sums: toSums(row) };
  };
}

function toSums(row: Row): UsageSums {
  const count = (name: string) => Number(row[name] ?? 0);
  const [written5m, written1h] = [count('cache_write_5m_tokens'), count('cache_write_1h_tokens')];
  return {
    requests: count('requests'),
    attempts: count('attempts'),
    input_tokens: count('input_tokens'),
    output_tokens: count('output_tokens'),
    cache_read_tokens: count('cache_read_tokens'),
    cache_write_5m_tokens: written5m,
    cache_write_1h_tokens: written1h,
    attempts_without_usage: count('attempts_without_usage'),
    estimated_attempts: count('estimated_attempts'),
    unpriced_attempts: count('unpriced_attempts'),
    errors: count('errors'),
    cache_write_tokens: written5m + written1h,
    cost_pico_usd: BigInt(row['cost_pico_usd'] ?? 0),
  };
}
