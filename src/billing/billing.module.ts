import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AuthModule } from '../auth/auth.module.js';
import { AppConfig } from '../config/app-config.js';
import { OverloadModule } from '../common/overload/overload.module.js';
import { AnswerSender } from '../common/sse/answer-sender.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { UsageMetrics } from '../metrics/usage-metrics.js';
import { AttemptSpans } from '../tracing/attempt-spans.js';
import { TracingModule } from '../tracing/tracing.module.js';
import { BillingChain } from './billing-chain.js';
import { Admission } from './budgets/admission.js';
import { BudgetAdmission } from './budgets/budget-admission.js';
import { BudgetBook } from './budgets/budget-book.js';
import { BudgetHeadersInterceptor } from './budgets/budget-headers.interceptor.js';
import { BudgetRepository } from './budgets/budget.repository.js';
import { BudgetService } from './budgets/budget.service.js';
import type { AttemptObserver } from './metering/attempt-observer.js';
import { LimitsModule } from './limits/limits.module.js';
import { EndUsers } from './metering/end-users.js';
import { LedgerMetrics } from './metering/ledger-metrics.js';
import { MeteringLifecycle } from './metering/metering.lifecycle.js';
import { ObservedUsageLedger } from './metering/observed-usage-ledger.js';
import { PostgresUsageLedger } from './metering/postgres-usage-ledger.js';
import { StreamDrains } from './metering/stream-drains.js';
import { UsageInterceptor } from './metering/usage.interceptor.js';
import { UsageLedger } from './metering/usage-ledger.js';
import { UsageMeters } from './metering/usage-meters.js';
import { PriceBook } from './pricing/price-book.js';
import { PriceRepository } from './pricing/price.repository.js';
import { PriceService } from './pricing/price.service.js';
import { IdempotencyInterceptor } from './replays/idempotency.interceptor.js';
import { IdempotentResponseRepository } from './replays/idempotent-response.repository.js';
import { IdempotentResponses } from './replays/idempotent-responses.js';
import { Retention } from './retention/retention.js';
import { RetentionRepository } from './retention/retention.repository.js';
import { MonthRepository } from './months/month.repository.js';
import { MonthService } from './months/month.service.js';
import { RerateRepository } from './rerating/rerate.repository.js';
import { RerateService } from './rerating/rerate.service.js';
import { StatementService } from './reports/statement.service.js';
import { UsageReportRepository } from './reports/usage-report.repository.js';
import { UsageReportService } from './reports/usage-report.service.js';
import { UserSums } from './rollups/user-sums.js';
import { UserSumsRepository } from './rollups/user-sums.repository.js';

/** A process that has been silent for this long has died; its open attempts are settled as lost. */
const LEASE_MS = 12_000;

@Module({
  imports: [AuditModule, AuthModule, LimitsModule, MetricsModule, OverloadModule, TracingModule],
  providers: [
    {
      provide: PostgresUsageLedger,
      inject: [AppConfig],
      useFactory: ({ databaseUrl, dataDir }: AppConfig) =>
        new PostgresUsageLedger({ databaseUrl, dataDir, leaseMs: LEASE_MS }),
    },
    {
      provide: UsageLedger,
      inject: [PostgresUsageLedger, UsageMetrics, AttemptSpans],
      useFactory: (ledger: PostgresUsageLedger, ...observers: AttemptObserver[]) =>
        new ObservedUsageLedger(ledger, observers),
    },
    LedgerMetrics,
    PriceBook,
    PriceRepository,
    PriceService,
    MonthRepository,
    MonthService,
    RerateRepository,
    RerateService,
    StreamDrains,
    EndUsers,
    UsageMeters,
    UsageInterceptor,
    BudgetHeadersInterceptor,
    IdempotencyInterceptor,
    BillingChain,
    AnswerSender,
    IdempotentResponseRepository,
    IdempotentResponses,
    MeteringLifecycle,
    BudgetRepository,
    BudgetBook,
    BudgetService,
    { provide: Admission, useClass: BudgetAdmission },
    UsageReportRepository,
    UsageReportService,
    StatementService,
    RetentionRepository,
    Retention,
    UserSumsRepository,
    UserSums,
  ],
  exports: [
    MonthService,
    RerateService,
    Admission,
    BudgetService,
    UsageLedger,
    PriceBook,
    PriceService,
    BillingChain,
    AnswerSender,
    StatementService,
    UsageReportService,
  ],
})
export class BillingModule {}
