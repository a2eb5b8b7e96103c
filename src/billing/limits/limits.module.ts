import cluster from 'node:cluster';
import { Module } from '@nestjs/common';
import { AuditModule } from '../../audit/audit.module.js';
import { AuthModule } from '../../auth/auth.module.js';
import { AppConfig } from '../../config/app-config.js';
import { MetricsModule } from '../../metrics/metrics.module.js';
import { ClusterLimitStore } from './cluster-limit-store.js';
import { LimitBook } from './limit-book.js';
import { LimitMetrics } from './limit-metrics.js';
import { LimitStore } from './limit-store.js';
import { MemoryLimitStore } from './memory-limit-store.js';
import { RateLimitRepository } from './rate-limit.repository.js';
import { RateLimitService } from './rate-limit.service.js';
import { RateLimiter } from './rate-limiter.js';
import { RedisLimitStore } from './redis-limit-store.js';
import { SharedLimitStore } from './shared-limit-store.js';

function createStore({ redisUrl }: AppConfig): LimitStore {
  if (redisUrl !== undefined) return new SharedLimitStore(new RedisLimitStore(redisUrl));
  return cluster.isWorker ? new ClusterLimitStore() : new MemoryLimitStore();
}

@Module({
  imports: [AuditModule, AuthModule, MetricsModule],
  providers: [
    { provide: LimitStore, inject: [AppConfig], useFactory: createStore },
    LimitBook,
    LimitMetrics,
    RateLimitRepository,
    RateLimitService,
    RateLimiter,
  ],
  exports: [LimitStore, RateLimitService, RateLimiter],
})
export class LimitsModule {}
