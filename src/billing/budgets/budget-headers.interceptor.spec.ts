import { Logger } from '@nestjs/common';
import type { Response } from 'express';
import type { MeteredRequest } from '../metering/metered-request.js';
import { BudgetHeadersInterceptor } from './budget-headers.interceptor.js';
import type { BudgetService } from './budget.service.js';

const { jest } = import.meta;

it('keeps no answer waiting for a database that is silent', async () => {
  Logger.overrideLogger(false);
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  const silent = { listOwn: () => new Promise(() => undefined) } as unknown as BudgetService;
  const request = { principal: { tenantId: 'ten_1', keyId: 'key_1', tags: {} }, headers: { 'x-gateway-budget': '1' } };
  const answering = new BudgetHeadersInterceptor(silent).intercept(
    request as unknown as MeteredRequest,
    { headersSent: false } as Response,
    () => Promise.resolve('answer'),
  );
  await jest.advanceTimersByTimeAsync(1_000);
  expect(await answering).toBe('answer');
  jest.useRealTimers();
});
