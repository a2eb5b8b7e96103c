import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AdminRoute } from '../../auth/decorators.js';
import { StatementService } from '../../billing/reports/statement.service.js';
import { AppConfig } from '../../config/app-config.js';
import { Documented } from '../../openapi/documented.js';
import { tenantNotFound, TenantService } from '../../tenants/tenant.service.js';
import { IdPipe } from '../http/id.pipe.js';
import {
  type StatementQuery,
  statementQuerySchema,
  statementSchema,
  toStatementBody,
  toStatementFile,
} from './statement.schema.js';

@ApiTags('reports')
@Controller('admin/v1/tenants/:tenantId/statement')
export class StatementsController {
  constructor(
    private readonly statements: StatementService,
    private readonly tenants: TenantService,
    private readonly config: AppConfig,
  ) {}

  @Get()
  @AdminRoute('viewer', { tenantParam: 'tenantId' })
  @Documented('Read what a tenant has used in a month', 200, statementSchema)
  async get(
    @Param('tenantId', new IdPipe(tenantNotFound)) tenantId: string,
    @Query({ schema: statementQuerySchema }) { month, time_zone: timeZone, format }: StatementQuery,
  ) {
    await this.tenants.requireKnown(tenantId);
    const statement = await this.statements.get(tenantId, month, timeZone ?? this.config.statementTimeZone);
    return format === 'csv' ? toStatementFile(statement) : toStatementBody(statement);
  }
}
