import { Logger, type ExecutionContext } from '@nestjs/common';
import { lastValueFrom, of } from 'rxjs';
import { BudgetHeadersInterceptor } from './budget-headers.interceptor.js';
import type { BudgetService } from './budget.service.js';

const { jest } = import.meta;

it('keeps no answer waiting for a database that is silent', async () => {
  Logger.overrideLogger(false);
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  const silent = { listOwn: () => new Promise(() => undefined) } as unknown as BudgetService;
  const request = { principal: { tenantId: 'ten_1', keyId: 'key_1', tags: {} }, headers: { 'x-gateway-budget': '1' } };
  const http = { getRequest: () => request, getResponse: () => ({ headersSent: false }) };
  const context = { switchToHttp: () => http } as unknown as ExecutionContext;
  const answering = lastValueFrom(
    new BudgetHeadersInterceptor(silent).intercept(context, { handle: () => of('answer') }),
  );
  await jest.advanceTimersByTimeAsync(1_000);
  expect(await answering).toBe('answer');
  jest.useRealTimers();
});
