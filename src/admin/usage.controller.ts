import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AdminRoute, Operator } from '../auth/decorators.js';
import type { AdminPrincipal } from '../auth/principal.js';
import { usageQuerySchema, type UsageQuery } from '../billing/reports/usage-query.js';
import type { UsageReport } from '../billing/reports/usage-report.js';
import { UsageReportService } from '../billing/reports/usage-report.service.js';

@ApiTags('usage')
@Controller('admin/v1/usage')
export class UsageController {
  constructor(private readonly reports: UsageReportService) {}

  @Get()
  @AdminRoute('viewer', { ownTenants: true })
  report(
    @Query({ schema: usageQuerySchema }) query: UsageQuery,
    @Operator() operator: AdminPrincipal,
  ): Promise<UsageReport> {
    return this.reports.report(operator.tenantIds, query);
  }
}
