import { Injectable } from '@nestjs/common';
import type { KeyPrincipal } from '../../auth/principal.js';
import { LimitBook } from './limit-book.js';
import { LimitMetrics } from './limit-metrics.js';
import { LimitStore } from './limit-store.js';
import { RequestLimits } from './request-limits.js';
import type { LimitObserver } from './token-hold.js';

/** Opens the limits of each client request. */
@Injectable()
export class RateLimiter {
  constructor(
    private readonly book: LimitBook,
    private readonly store: LimitStore,
    private readonly metrics: LimitMetrics,
  ) {}

  open(principal: KeyPrincipal, requestId: string, observe: LimitObserver): RequestLimits {
    const limitsOf = (model: string) => this.book.applying(principal, model);
    return new RequestLimits(this.store, limitsOf, requestId, {
      states: observe,
      refused: (refused) => this.metrics.countRefusal(refused),
    });
  }
}
