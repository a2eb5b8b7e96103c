import { Module } from '@nestjs/common';
import { HttpMetrics } from './http-metrics.js';
import { Metrics } from './metrics.js';
import { MetricsController } from './metrics.controller.js';
import { UpstreamTimes } from './upstream-times.js';
import { UsageMetrics } from './usage-metrics.js';

/** `GET /metrics` for Prometheus, with an admin key as its bearer token. */
@Module({
  controllers: [MetricsController],
  providers: [Metrics, UpstreamTimes, HttpMetrics, UsageMetrics],
  exports: [Metrics, HttpMetrics, UsageMetrics],
})
export class MetricsModule {}
