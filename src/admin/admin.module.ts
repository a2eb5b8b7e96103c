import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { BillingModule } from '../billing/billing.module.js';
import { LimitsModule } from '../billing/limits/limits.module.js';
import { WebhooksModule } from '../billing/webhooks/webhooks.module.js';
import { ModelsModule } from '../models/models.module.js';
import { QuotasModule } from '../quotas/quotas.module.js';
import { TenantsModule } from '../tenants/tenants.module.js';
import { AdminKeysController } from './admin-keys/admin-keys.controller.js';
import { AliasesController } from './aliases/aliases.controller.js';
import { AuditController } from './audit/audit.controller.js';
import { BudgetsController } from './budgets/budgets.controller.js';
import { FirstRun } from './first-run.js';
import { LimitsController } from './limits/limits.controller.js';
import { ModelGroupsController } from './model-groups/model-groups.controller.js';
import { MonthsController } from './months/months.controller.js';
import { RerateController } from './rerate/rerate.controller.js';
import { OrganizationController } from './organization/organization.controller.js';
import { PricesController } from './prices/prices.controller.js';
import { TenantKeysController } from './tenants/tenant-keys.controller.js';
import { TenantsController } from './tenants/tenants.controller.js';
import { WebhooksController } from './webhooks/webhooks.controller.js';
import { StatementsController } from './statements/statements.controller.js';
import { QuotasController } from './quotas/quotas.controller.js';
import { ReportsController } from './reports/reports.controller.js';

/** The administration API for tenants, keys, admin keys, model aliases, budgets, prices, usage and the audit log. */
@Module({
  imports: [
    AuditModule,
    AuthModule,
    BillingModule,
    LimitsModule,
    ModelsModule,
    QuotasModule,
    TenantsModule,
    WebhooksModule,
  ],
  controllers: [
    AdminKeysController,
    AliasesController,
    AuditController,
    BudgetsController,
    LimitsController,
    ModelGroupsController,
    OrganizationController,
    PricesController,
    QuotasController,
    MonthsController,
    RerateController,
    TenantKeysController,
    TenantsController,
    ReportsController,
    StatementsController,
    WebhooksController,
  ],
  providers: [FirstRun],
  exports: [FirstRun],
})
export class AdminModule {}
