import { Module, type DynamicModule } from '@nestjs/common';
import { AdminModule } from './admin/admin.module.js';
import { AuthModule } from './auth/auth.module.js';
import { BillingModule } from './billing/billing.module.js';
import { ChatModule } from './chat/chat.module.js';
import { CompletionsModule } from './completions/completions.module.js';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { DatabaseModule } from './database/database.module.js';
import { EmbeddingsModule } from './embeddings/embeddings.module.js';
import { HealthModule } from './health/health.module.js';
import { LoggingModule } from './logging/logging.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OverloadModule } from './common/overload/overload.module.js';
import { UnreadableModule } from './common/unreadable/unreadable.module.js';
import { ModelsModule } from './models/models.module.js';
import { ModerationsModule } from './moderations/moderations.module.js';
import { RerankModule } from './rerank/rerank.module.js';
import { TokenCountsModule } from './tokens/token-counts.module.js';
import { UsageModule } from './usage/usage.module.js';
import { TracingModule } from './tracing/tracing.module.js';

/** The map of the house: one line per feature module. */
@Module({})
export class AppModule {
  static forRoot(config: AppConfig): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        LoggingModule,
        MetricsModule,
        OverloadModule,
        UnreadableModule,
        TracingModule,
        DatabaseModule,
        AuthModule,
        HealthModule,
        ModelsModule,
        ChatModule,
        CompletionsModule,
        EmbeddingsModule,
        RerankModule,
        TokenCountsModule,
        ModerationsModule,
        BillingModule,
        UsageModule,
        AdminModule,
      ],
    };
  }
}
