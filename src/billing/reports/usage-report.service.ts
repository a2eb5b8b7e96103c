import { Injectable } from '@nestjs/common';
import type { UsageQuery } from './usage-query.js';
import type { UsageReport } from './usage-report.js';
import { UsageReportRepository, type VisibleTenants } from './usage-report.repository.js';

/** Usage in tokens, summed from the ledger. */
@Injectable()
export class UsageReportService {
  constructor(private readonly repository: UsageReportRepository) {}

  /** The groups of the query and the totals over its whole range, of the tenants that the reader may see. */
  async report(visible: VisibleTenants, query: UsageQuery): Promise<UsageReport> {
    const [data, totals] = await Promise.all([
      this.repository.listGroups(visible, query),
      this.repository.getTotals(visible, query),
    ]);
    return { object: 'list', data, totals };
  }
}
