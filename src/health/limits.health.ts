import { Injectable } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { LimitStore } from '../billing/limits/limit-store.js';

const DETAILS: Readonly<Record<LimitStore['place'], Record<string, string>>> = {
  memory: { counted: 'per process' },
  redis: { counted: 'for all replicas together' },
  fallback: { counted: 'per process', warning: 'Redis is away.' },
};

@Injectable()
export class LimitsHealth {
  constructor(
    private readonly store: LimitStore,
    private readonly indicators: HealthIndicatorService,
  ) {}

  /** Always up: without Redis, requests are still served and still limited, if less strictly. */
  check(): HealthIndicatorResult {
    return this.indicators.check('rate_limits').up(DETAILS[this.store.place]);
  }
}
