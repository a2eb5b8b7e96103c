import { Injectable } from '@nestjs/common';
import { toCursor } from './cursor.js';
import type { ReportQuery } from './report-query.js';
import type { VisibleTenants } from './report-source.js';
import type { ReportGroup, ReportPage } from './usage-report.js';
import { UsageReportRepository } from './usage-report.repository.js';

const EXPORT_PAGE = 5_000;

/** Usage and costs, summed from the ledger. */
@Injectable()
export class UsageReportService {
  constructor(private readonly repository: UsageReportRepository) {}

  /** One page, of the tenants that the reader may see. */
  async page(visible: VisibleTenants, query: ReportQuery): Promise<ReportPage> {
    const [found, totals] = await Promise.all([
      this.repository.listGroups(visible, query, query.limit + 1),
      this.repository.getTotals(visible, query),
    ]);
    const groups = found.slice(0, query.limit);
    const last = groups.at(-1);
    return { groups, totals, nextCursor: found.length > query.limit && last ? toCursor(last.key) : null };
  }

  /** Every group of the query, read page by page while it is consumed. */
  async *all(visible: VisibleTenants, query: ReportQuery): AsyncGenerator<ReportGroup> {
    let cursor = query.cursor;
    let groups: ReportGroup[];
    do {
      groups = await this.repository.listGroups(visible, { ...query, cursor }, EXPORT_PAGE);
      yield* groups;
      cursor = groups.at(-1)?.key ?? null;
    } while (groups.length === EXPORT_PAGE);
  }
}
