import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AdminRoute, Operator } from '../../auth/decorators.js';
import type { AdminPrincipal } from '../../auth/principal.js';
import { toUsd } from '../../billing/pricing/money.js';
import { reportQuerySchema, type ReportQuery } from '../../billing/reports/report-query.js';
import type { UsageSums } from '../../billing/reports/usage-report.js';
import { UsageReportService } from '../../billing/reports/usage-report.service.js';
import { Documented } from '../../openapi/documented.js';
import { answerReport } from './report-answer.js';
import { costReportSchema, usageReportSchema } from './report.schema.js';

function toUsageFields({ cost_pico_usd: cost, ...counts }: UsageSums) {
  return { ...counts, cost_usd: toUsd(cost) };
}

function toCostFields({ requests, attempts, cost_pico_usd: cost, unpriced_attempts, estimated_attempts }: UsageSums) {
  return { requests, attempts, cost_usd: toUsd(cost), currency: 'usd', unpriced_attempts, estimated_attempts };
}

@ApiTags('reports')
@Controller('admin/v1')
export class ReportsController {
  constructor(private readonly reports: UsageReportService) {}

  @Get('usage')
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('Report usage; as CSV or NDJSON where `format` asks for it', 200, usageReportSchema)
  usage(@Query({ schema: reportQuerySchema }) query: ReportQuery, @Operator() operator: AdminPrincipal) {
    return answerReport(this.reports, operator.tenantIds, query, toUsageFields);
  }

  @Get('costs')
  @AdminRoute('viewer', { ownTenants: true })
  @Documented('Report costs; as CSV or NDJSON where `format` asks for it', 200, costReportSchema)
  costs(@Query({ schema: reportQuerySchema }) query: ReportQuery, @Operator() operator: AdminPrincipal) {
    return answerReport(this.reports, operator.tenantIds, query, toCostFields);
  }
}
