import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { addUp } from './add-up.js';
import { toCursor } from './cursor.js';
import { coverRanges, type Cover, type Level } from './range-cover.js';
import { type Bucket, BUCKETS, finestBucket, isOverallDimension } from './report-dimension.js';
import type { ReportGroup, ReportPage, ReportSelection, UsageSums, VisibleTenants } from './usage-report.js';
import { type BucketStart, type GroupQuery, UsageReportRepository } from './usage-report.repository.js';

/** Few at first, so that whoever waits for an export sees it begin. */
const EXPORT_FIRST = 500;
const EXPORT_PAGE = 10_000;
/** A page in the order of tenants first reads as many tenants as may fill it, and twice as many each time it was not. */
const GROUPS_PER_TENANT = 16;

interface PageRequest {
  cursor: string[] | null;
  limit: number;
}

/** Usage and costs, summed from the ledger. */
@Injectable()
export class UsageReportService {
  constructor(private readonly repository: UsageReportRepository) {}

  /**
   * One page, of the tenants that the reader may see.
   * @throws GatewayError 400 naming `from` where the report needs events that have been deleted
   */
  async page(visible: VisibleTenants, selection: ReportSelection, { cursor, limit }: PageRequest): Promise<ReportPage> {
    const found = await this.list(visible, selection, { cursor, limit: limit + 1 });
    const groups = found.slice(0, limit);
    const last = groups.at(-1);
    const isWhole = cursor === null && found.length <= limit && selection.groupBy.length > 0;
    return {
      groups,
      totals: isWhole ? addUp(groups.map(({ sums }) => sums)) : await this.totals(visible, selection),
      nextCursor: found.length > limit && last ? toCursor(last.key) : null,
    };
  }

  /** Every group of the query, read page by page while it is consumed. */
  async *all(
    visible: VisibleTenants,
    selection: ReportSelection,
    from: string[] | null = null,
  ): AsyncGenerator<ReportGroup> {
    let cursor = from;
    for (let limit = EXPORT_FIRST; ; limit = EXPORT_PAGE) {
      const groups = await this.list(visible, selection, { cursor, limit });
      yield* groups;
      if (groups.length < limit) return;
      cursor = groups.at(-1)?.key ?? null;
    }
  }

  /** The sums over everything that is selected. */
  async totals(visible: VisibleTenants, selection: ReportSelection): Promise<UsageSums> {
    return this.repository.getTotals(visible, await this.toQuery({ ...selection, groupBy: [] }));
  }

  private async list(visible: VisibleTenants, selection: ReportSelection, page: PageRequest): Promise<ReportGroup[]> {
    const [first, ...others] = selection.groupBy;
    if (first === 'tenant' && others.length > 0 && !selection.filters.tenant) {
      return this.listByTenant(visible, selection, page);
    }
    const bucket = BUCKETS.find((name) => name === first);
    if (bucket && others.length > 0 && !selection.filters.tenant && !isOverall(selection)) {
      const { timeZone, from, to } = selection;
      const buckets = await this.repository.listBuckets(bucket, timeZone, from, to);
      // Where the clock is set back, a name is that of two moments, and another bucket may begin between them.
      const isOrdered = timeZone === 'UTC' || ((bucket === 'day' || bucket === 'month') && !hasRepeated(buckets));
      if (isOrdered) return this.listByBucket(visible, selection, buckets, page);
    }
    return this.repository.listGroups(visible, await this.toQuery(selection), page);
  }

  /** Groups in the order of tenants: those of a few tenants at a time, until the page is full. */
  private async listByTenant(visible: VisibleTenants, selection: ReportSelection, page: PageRequest) {
    const query = await this.toQuery(selection);
    const groups: ReportGroup[] = [];
    let first = page.cursor?.[0] ?? '';
    let count = Math.ceil(page.limit / Math.max(GROUPS_PER_TENANT, countBuckets(selection)));
    for (;;) {
      const tenants = await this.repository.listTenantIds(visible, first, count + 1);
      const within = { ...query, filters: { ...query.filters, tenant: tenants.slice(0, count) } };
      const rest = { ...page, limit: page.limit - groups.length };
      groups.push(...(await this.repository.listGroups(visible, within, rest)));
      const next = tenants[count];
      if (next === undefined || groups.length === page.limit) return groups;
      first = next;
      count *= 2;
    }
  }

  /** Groups in the order of time: those of one bucket, then of ever more, until the page is full. */
  private async listByBucket(
    visible: VisibleTenants,
    selection: ReportSelection,
    buckets: readonly BucketStart[],
    page: PageRequest,
  ): Promise<ReportGroup[]> {
    const after = page.cursor?.[0] ?? '';
    let first = Math.max(
      0,
      buckets.findLastIndex(({ name }) => name <= after),
    );
    const groups: ReportGroup[] = [];
    for (let count = 1; groups.length < page.limit && first < buckets.length; count *= 2) {
      const from = buckets[first]?.at ?? selection.from;
      const query = await this.toQuery({ ...selection, from, to: buckets[first + count]?.at ?? selection.to });
      groups.push(
        ...(await this.repository.listGroups(visible, query, { ...page, limit: page.limit - groups.length })),
      );
      first += count;
    }
    return groups;
  }

  private async toQuery(selection: ReportSelection): Promise<GroupQuery> {
    return {
      ...selection,
      cover: await this.cover(selection),
      hasBuckets: finestBucket(selection.groupBy) !== null,
      isOverall: isOverall(selection),
    };
  }

  /** Which rows a report reads. Rollups know neither minutes nor end users nor the names that clients used. */
  private async cover(selection: ReportSelection): Promise<Cover> {
    const { from, to, groupBy, filters, timeZone } = selection;
    const bucket = finestBucket(groupBy);
    const needsEvents =
      bucket === 'minute' ||
      groupBy.some((dimension) => dimension === 'requested_model' || dimension === 'end_user') ||
      filters.requested_model !== undefined ||
      filters.end_user !== undefined;
    const coarsest: Level = bucket === 'minute' ? 'hour' : (bucket ?? (isOverall(selection) ? 'month' : 'year'));
    const cover =
      needsEvents || bucket === null || timeZone === 'UTC'
        ? coverRanges([{ from, to }], needsEvents ? null : coarsest)
        : coverRanges(await this.bucketsOf(selection, bucket), coarsest);
    if (cover.event.length > 0) await this.requireEvents(selection, cover);
    return cover;
  }

  /** The range, cut where buckets of the time zone begin: what a rollup sums must lie within one bucket. */
  private async bucketsOf({ from, to, timeZone }: ReportSelection, bucket: Bucket) {
    const buckets = await this.repository.listBuckets(bucket, timeZone, from, to);
    return buckets.map(({ at }, index) => ({ from: at, to: buckets[index + 1]?.at ?? to }));
  }

  private async requireEvents({ filters }: ReportSelection, { event }: Cover): Promise<void> {
    const horizon = await this.repository.findHorizon(filters.tenant ?? []);
    if (horizon && event.some(({ from }) => from < horizon)) {
      const since = horizon.toISOString();
      throw invalidRequest('from', `This report needs single events, and those before ${since} have been deleted.`);
    }
  }
}

const BUCKET_MS: Record<Bucket, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000, month: 2_629_746_000 };

/** Whether a bucket but the first, before which nothing is read, begins where the clock is set back. */
function hasRepeated(buckets: readonly BucketStart[]): boolean {
  return buckets.slice(1).some(({ isRepeated }) => isRepeated);
}

/** About how many buckets a group of other dimensions may have. */
function countBuckets({ from, to, groupBy }: ReportSelection): number {
  const bucket = finestBucket(groupBy);
  return bucket === null ? 1 : (to.getTime() - from.getTime()) / BUCKET_MS[bucket];
}

/** Whether neither groups nor filters tell tenants, keys or tags apart. Few rows hold such sums, so none by year are kept. */
function isOverall({ groupBy, filters }: ReportSelection): boolean {
  return groupBy.every(isOverallDimension) && !filters.tenant && !filters.key && !filters.tags;
}
