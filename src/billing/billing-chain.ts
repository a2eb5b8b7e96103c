import { Injectable, type CallHandler } from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom } from 'rxjs';
import { BudgetHeadersInterceptor } from './budgets/budget-headers.interceptor.js';
import type { Handle } from './inner-interceptor.js';
import type { MeteredRequest } from './metering/metered-request.js';
import { UsageInterceptor } from './metering/usage.interceptor.js';
import { IdempotencyInterceptor } from './replays/idempotency.interceptor.js';

/**
 * What every request passes whose answer costs something, from the outside in: the headers of its budget, its meter, and
 * the answers that are kept for its idempotency key.
 */
@Injectable()
export class BillingChain {
  constructor(
    private readonly budgetHeaders: BudgetHeadersInterceptor,
    private readonly usage: UsageInterceptor,
    private readonly idempotency: IdempotencyInterceptor,
  ) {}

  /** What the handler behind it answers, or fails with. */
  async pass(request: MeteredRequest, response: Response, next: CallHandler): Promise<unknown> {
    const handle: Handle = () => lastValueFrom(next.handle(), { defaultValue: undefined });
    const once: Handle = () => this.idempotency.intercept(request, response, handle);
    const metered: Handle = () => this.usage.intercept(request, response, once);
    return this.budgetHeaders.intercept(request, response, metered);
  }
}
