import { Injectable } from '@nestjs/common';
import { addUp } from './add-up.js';
import type { Statement } from './statement.js';
import type { ReportGroup } from './usage-report.js';
import { UsageReportRepository } from './usage-report.repository.js';
import { UsageReportService } from './usage-report.service.js';

/** What tenants have used in a month. */
@Injectable()
export class StatementService {
  constructor(
    private readonly repository: UsageReportRepository,
    private readonly reports: UsageReportService,
  ) {}

  /** `month` is `YYYY-MM` in the time zone. The same statement again for as long as the month's events do not change. */
  async get(tenantId: string, month: string, timeZone: string): Promise<Statement> {
    const { from, to } = await this.repository.getMonthRange(month, timeZone);
    const groupBy = ['key', 'model', 'operation'] as const;
    const selection = { from, to, timeZone, groupBy, filters: { tenant: [tenantId] } };
    const lines: ReportGroup[] = [];
    for await (const line of this.reports.all([tenantId], selection)) lines.push(line);
    return { tenantId, month, timeZone, from, to, lines, totals: addUp(lines.map(({ sums }) => sums)) };
  }
}
