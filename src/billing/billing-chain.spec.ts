import type { CallHandler } from '@nestjs/common';
import type { Response } from 'express';
import { of, throwError } from 'rxjs';
import { BillingChain } from './billing-chain.js';
import type { BudgetHeadersInterceptor } from './budgets/budget-headers.interceptor.js';
import type { InnerInterceptor } from './inner-interceptor.js';
import type { MeteredRequest } from './metering/metered-request.js';
import type { UsageInterceptor } from './metering/usage.interceptor.js';
import type { IdempotencyInterceptor } from './replays/idempotency.interceptor.js';

const REQUEST = {} as MeteredRequest;
const RESPONSE = {} as Response;

function setUp(failing?: string) {
  const steps: string[] = [];
  const named = (name: string): InnerInterceptor => ({
    async intercept(request, response, handle) {
      expect(request).toBe(REQUEST);
      expect(response).toBe(RESPONSE);
      if (name === failing) throw new Error(name);
      steps.push(name);
      return handle().catch((error: Error) => {
        steps.push(`${name} hears of ${error.message}`);
        throw error;
      });
    },
  });
  const chain = new BillingChain(
    named('budget') as BudgetHeadersInterceptor,
    named('usage') as UsageInterceptor,
    named('idempotency') as IdempotencyInterceptor,
  );
  const run = (next: CallHandler) => chain.pass(REQUEST, RESPONSE, next);
  return { steps, run };
}

describe(BillingChain.name, () => {
  it('lets a request through from the outside in', async () => {
    const { steps, run } = setUp();
    expect(await run({ handle: () => of('an answer') })).toBe('an answer');
    expect(steps).toEqual(['budget', 'usage', 'idempotency']);
  });

  it.each([
    ['usage', ['budget', 'budget hears of usage']],
    ['idempotency', ['budget', 'usage', 'usage hears of idempotency', 'budget hears of idempotency']],
  ])('tells those around %s of what it throws', async (failing, expected) => {
    const { steps, run } = setUp(failing);
    await expect(run({ handle: () => of('an answer') })).rejects.toThrow(failing);
    expect(steps).toEqual(expected);
  });

  it('tells all of them of what the handler throws', async () => {
    const { steps, run } = setUp();
    await expect(run({ handle: () => throwError(() => new Error('the handler')) })).rejects.toThrow('the handler');
    expect(steps.slice(3)).toEqual(['idempotency', 'usage', 'budget'].map((name) => `${name} hears of the handler`));
  });
});
