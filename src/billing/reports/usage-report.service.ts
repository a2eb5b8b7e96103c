import { Injectable } from '@nestjs/common';
import { invalidRequest } from '../../common/errors/gateway-error.js';
import { addUp } from './add-up.js';
import { toCursor } from './cursor.js';
import { type Grain, grainOf, levelsOf } from './grain.js';
import { coverRanges, type Cover, LEVELS, type Range } from './range-cover.js';
import { type Bucket, finestBucket, isBucket } from './report-dimension.js';
import type { ReportGroup, ReportPage, ReportSelection, UsageSums, VisibleTenants } from './usage-report.js';
import { type BucketStart, type GroupQuery, UsageReportRepository } from './usage-report.repository.js';

/** Few at first, so that whoever waits for an export sees it begin. */
const EXPORT_FIRST = 500;
const EXPORT_PAGE = 10_000;
/** A page in the order of tenants first reads as many tenants as may fill it, then as many as would do if all were like those. */
const GROUPS_PER_TENANT = 16;
const MARGIN = 1.25;

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

  /** Every group behind the cursor, in order, read while it is consumed. */
  async *all(
    visible: VisibleTenants,
    selection: ReportSelection,
    from: string[] | null = null,
  ): AsyncGenerator<ReportGroup> {
    if ((await this.orderOf(visible, selection)) === 'sums') {
      // Pages would each sum everything again.
      const query = await this.toQuery(visible, selection);
      const sizes = { first: EXPORT_FIRST, others: EXPORT_PAGE };
      const pages = this.repository.readGroups(visible, query, from, sizes);
      for await (const groups of pages) yield* groups;
      return;
    }
    let cursor = from;
    for (let limit = EXPORT_FIRST; ; limit = EXPORT_PAGE) {
      const groups: ReportGroup[] = await this.list(visible, selection, { cursor, limit });
      yield* groups;
      if (groups.length < limit) return;
      cursor = groups.at(-1)?.key ?? null;
    }
  }

  /** The sums over everything that is selected. */
  async totals(visible: VisibleTenants, selection: ReportSelection): Promise<UsageSums> {
    return this.repository.getTotals(visible, await this.toQuery(visible, { ...selection, groupBy: [] }));
  }

  /** At most `limit` groups behind the cursor, in order. */
  async list(visible: VisibleTenants, selection: ReportSelection, page: PageRequest): Promise<ReportGroup[]> {
    const order = await this.orderOf(visible, selection);
    if (order === 'tenants') return this.listByTenant(visible, selection, page);
    if (order !== 'sums') return this.listByBucket(visible, selection, order, page);
    return this.repository.listGroups(visible, await this.toQuery(visible, selection), page);
  }

  /** What a page can be read in the order of: tenants, buckets of time, or nothing but the sums of the whole range. */
  private async orderOf(
    visible: VisibleTenants,
    selection: ReportSelection,
  ): Promise<'tenants' | 'sums' | readonly BucketStart[]> {
    const [first, ...others] = selection.groupBy;
    if (first === undefined || others.length === 0 || selection.filters.tenant) return 'sums';
    if (first === 'tenant') return 'tenants';
    if (!isBucket(first) || grainOf(visible, selection) === 'overall') return 'sums';
    const { timeZone, from, to } = selection;
    const buckets = await this.repository.listBuckets(first, timeZone, from, to);
    // Where the clock is set back, a name is that of two moments, and another bucket may begin between them.
    const isOrdered = timeZone === 'UTC' || ((first === 'day' || first === 'month') && !hasRepeated(buckets));
    return isOrdered ? buckets : 'sums';
  }

  /** Groups in the order of tenants: those of a few tenants at a time, until the page is full. */
  private async listByTenant(visible: VisibleTenants, selection: ReportSelection, page: PageRequest) {
    const query = await this.toQuery(visible, selection);
    const groups: ReportGroup[] = [];
    let first = page.cursor?.[0] ?? '';
    let count = Math.ceil(page.limit / Math.max(GROUPS_PER_TENANT, countBuckets(selection)));
    for (;;) {
      const tenants = await this.repository.listTenantIds(visible, first, count + 1);
      const within = { ...query, filters: { ...query.filters, tenant: tenants.slice(0, count) } };
      const rest = { ...page, limit: page.limit - groups.length };
      const found = await this.repository.listGroups(visible, within, rest);
      groups.push(...found);
      const next = tenants[count];
      if (next === undefined || groups.length === page.limit) return groups;
      first = next;
      count = nextCount(count, found.length, page.limit - groups.length);
    }
  }

  /** Groups in the order of time: those of one bucket, then of as many as may fill the page. */
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
    let count = 1;
    while (groups.length < page.limit && first < buckets.length) {
      const from = buckets[first]?.at ?? selection.from;
      const query = await this.toQuery(visible, { ...selection, from, to: buckets[first + count]?.at ?? selection.to });
      const rest = { ...page, limit: page.limit - groups.length };
      const found = await this.repository.listGroups(visible, query, rest);
      groups.push(...found);
      first += count;
      count = nextCount(count, found.length, page.limit - groups.length);
    }
    return groups;
  }

  private async toQuery(visible: VisibleTenants, selection: ReportSelection): Promise<GroupQuery> {
    const { groupBy, filters, timeZone, from, to } = selection;
    const buckets: GroupQuery['buckets'] = {};
    for (const bucket of groupBy.filter(isBucket)) {
      buckets[bucket] = await this.repository.listBuckets(bucket, timeZone, from, to);
    }
    const grain = grainOf(visible, selection);
    const cover = await this.cover(visible, selection, grain, buckets);
    return { groupBy, filters, buckets, grain, cover, hasBuckets: finestBucket(groupBy) !== null };
  }

  /** Which rows a report reads. Sums by end user go with their events. */
  private async cover(
    visible: VisibleTenants,
    selection: ReportSelection,
    grain: Grain,
    buckets: GroupQuery['buckets'],
  ): Promise<Cover> {
    const { from, to, groupBy, timeZone } = selection;
    const bucket = finestBucket(groupBy);
    const coarsest = bucket === null || bucket === 'minute' ? 'year' : bucket;
    const levels = levelsOf(grain).filter((level) => LEVELS.indexOf(level) >= LEVELS.indexOf(coarsest));
    const isWhole = levels.length === 0 || bucket === null || timeZone === 'UTC';
    const ranges = isWhole ? [{ from, to }] : toRanges(buckets[bucket] ?? [], to);
    const cover = coverRanges(ranges, levels);
    const ofEvents = grain === 'user' ? [{ from, to }] : cover.event;
    if (ofEvents.length > 0) await this.requireEvents(selection.filters.tenant ?? visible, ofEvents);
    return cover;
  }

  private async requireEvents(tenants: VisibleTenants, ranges: readonly Range[]): Promise<void> {
    const horizon = await this.repository.findHorizon(tenants);
    if (horizon && ranges.some(({ from }) => from < horizon)) {
      const since = horizon.toISOString();
      throw invalidRequest('from', `This report needs single events, and those before ${since} have been deleted.`);
    }
  }
}

/** How many tenants or buckets to read next, when `count` of them had so many groups and so many are missing. */
function nextCount(count: number, found: number, missing: number): number {
  return Math.ceil((missing / Math.max(found, 1)) * count * MARGIN);
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

/** The range, cut where buckets of the time zone begin: what a rollup sums must lie within one bucket. */
function toRanges(buckets: readonly BucketStart[], to: Date): Range[] {
  return buckets.map(({ at }, index) => ({ from: at, to: buckets[index + 1]?.at ?? to }));
}
