import { Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../auth/principal.js';
import type { BudgetStatus } from '../billing/budgets/budget.js';
import { BudgetService } from '../billing/budgets/budget.service.js';
import { UsageReportService } from '../billing/reports/usage-report.service.js';
import type { UsageSums } from '../billing/reports/usage-report.js';

/** What a tenant's key may know of its own use. */
@Injectable()
export class UsageService {
  constructor(
    private readonly reports: UsageReportService,
    private readonly budgets: BudgetService,
  ) {}

  /** The sums of the key and of its whole tenant, and the tenant's budgets that apply to the key. */
  async read(
    { tenantId, keyId, tags }: Pick<KeyPrincipal, 'tenantId' | 'keyId' | 'tags'>,
    range: { from: Date; to: Date },
  ): Promise<{ key: UsageSums; tenant: UsageSums; budgets: BudgetStatus[] }> {
    const selection = { ...range, timeZone: 'UTC', groupBy: [] };
    const [key, tenant, budgets] = await Promise.all([
      this.reports.totals([tenantId], { ...selection, filters: { tenant: [tenantId], key: [keyId] } }),
      this.reports.totals([tenantId], { ...selection, filters: { tenant: [tenantId] } }),
      this.budgets.listOwn(tenantId, { keyId, tags, models: null }),
    ]);
    return { key, tenant, budgets };
  }
}
