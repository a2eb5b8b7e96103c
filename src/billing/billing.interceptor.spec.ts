import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { catchError, firstValueFrom, from, of, type Observable } from 'rxjs';
import { BillingInterceptor } from './billing.interceptor.js';
import type { BudgetHeadersInterceptor } from './budgets/budget-headers.interceptor.js';
import type { UsageInterceptor } from './metering/usage.interceptor.js';
import type { IdempotencyInterceptor } from './replays/idempotency.interceptor.js';

const CONTEXT = {} as ExecutionContext;

function setUp(failing?: string) {
  const steps: string[] = [];
  const named = (name: string): NestInterceptor => ({
    intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
      if (name === failing) throw new Error(name);
      steps.push(name);
      return next.handle().pipe(
        catchError((error: Error) => {
          steps.push(`${name} hears of ${error.message}`);
          throw error;
        }),
      );
    },
  });
  const interceptor = new BillingInterceptor(
    named('budget') as BudgetHeadersInterceptor,
    named('usage') as UsageInterceptor,
    named('idempotency') as IdempotencyInterceptor,
  );
  const run = (next: CallHandler) => firstValueFrom(from(interceptor.intercept(CONTEXT, next)));
  return { steps, run };
}

describe(BillingInterceptor.name, () => {
  it('lets a request through from the outside in', async () => {
    const { steps, run } = setUp();
    expect(await run({ handle: () => of('an answer') })).toBe('an answer');
    expect(steps).toEqual(['budget', 'usage', 'idempotency']);
  });

  it.each([
    ['usage', ['budget', 'budget hears of usage']],
    ['idempotency', ['budget', 'usage', 'usage hears of idempotency', 'budget hears of idempotency']],
  ])('tells those around %s of what it throws at once', async (failing, expected) => {
    const { steps, run } = setUp(failing);
    await expect(run({ handle: () => of('an answer') })).rejects.toThrow(failing);
    expect(steps).toEqual(expected);
  });
});
