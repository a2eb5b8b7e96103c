import { Injectable } from '@nestjs/common';
import { Metrics } from '../../metrics/metrics.js';
import { LimitStore, type Refused } from './limit-store.js';

/** What operators see of rate limits. */
@Injectable()
export class LimitMetrics {
  private readonly refusals;

  constructor(metrics: Metrics, store: LimitStore) {
    metrics.gauge(
      'gateway_rate_limits_fallback',
      '1 while Redis is away and this replica counts rate limits by itself.',
      () => Number(store.place === 'fallback'),
      'max',
    );
    this.refusals = metrics.counter({
      name: 'gateway_rate_limits_refusals_total',
      help: 'Calls that a rate limit refused.',
      labelNames: ['kind', 'window'],
    });
  }

  countRefusal({ by: { limit } }: Refused): void {
    this.refusals.inc({ kind: limit.kind, window: limit.window });
  }
}
