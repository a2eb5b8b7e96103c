import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { defer, type Observable } from 'rxjs';
import { BudgetHeadersInterceptor } from './budgets/budget-headers.interceptor.js';
import { UsageInterceptor } from './metering/usage.interceptor.js';
import { IdempotencyInterceptor } from './replays/idempotency.interceptor.js';

/**
 * What every request passes whose answer costs something, from the outside in: the headers of its budget, its meter, and
 * the answers that are kept for its idempotency key. Nest wraps each interceptor of a route into observables, promises and an
 * async scope of its own, which would cost a request more than what most of the three do.
 */
@Injectable()
export class BillingInterceptor implements NestInterceptor {
  constructor(
    private readonly budgetHeaders: BudgetHeadersInterceptor,
    private readonly usage: UsageInterceptor,
    private readonly idempotency: IdempotencyInterceptor,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    // Nobody throws at once here: whoever stands around hears of a failure as of any other.
    const replayed = { handle: () => defer(() => this.idempotency.intercept(context, next)) };
    const metered = { handle: () => defer(() => this.usage.intercept(context, replayed)) };
    return this.budgetHeaders.intercept(context, metered);
  }
}
