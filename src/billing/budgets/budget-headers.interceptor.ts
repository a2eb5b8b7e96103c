import { Injectable, Logger } from '@nestjs/common';
import type { Response } from 'express';
import type { Handle, InnerInterceptor } from '../inner-interceptor.js';
import { type BudgetStatus, remainingPicoUsd } from './budget.js';
import { BudgetService } from './budget.service.js';
import { inTime } from '../../common/in-time.js';
import type { MeteredRequest } from '../metering/metered-request.js';
import { toUsd } from '../pricing/money.js';

/** A request that sends this as `1` is told of its tightest budget. */
const ASKED_BY = 'x-gateway-budget';
/** An answer waits no longer for its headers. */
const TIMEOUT_MS = 1_000;

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function* afterFirst(source: AsyncIterable<unknown>, onFirst: () => Promise<void>): AsyncGenerator {
  let started = false;
  for await (const frame of source) {
    if (!started) {
      started = true;
      await onFirst();
    }
    yield frame;
  }
}

interface Rest {
  budget: BudgetStatus;
  limit: bigint;
  remaining: bigint;
}

/** Of the limited budgets that one with the least left. */
function tightest(budgets: readonly BudgetStatus[]): Rest | null {
  let least: Rest | null = null;
  for (const budget of budgets) {
    const [limit, remaining] = [budget.limitNowPicoUsd, remainingPicoUsd(budget)];
    if (limit !== null && remaining !== null && (least === null || remaining < least.remaining)) {
      least = { budget, limit, remaining };
    }
  }
  return least;
}

/**
 * Tells a request of a tenant key that asks for it, in headers, which of the tenant's budgets that applied has the least
 * left. A budget of the organisation is not shown: what others spend is not the tenant's to know.
 */
@Injectable()
export class BudgetHeadersInterceptor implements InnerInterceptor {
  private readonly logger = new Logger(BudgetHeadersInterceptor.name);

  constructor(private readonly budgets: BudgetService) {}

  intercept(request: MeteredRequest, response: Response, handle: Handle): Promise<unknown> {
    const isAsked = request.principal !== undefined && request.headers[ASKED_BY] === '1';
    return isAsked ? this.told(request, response, handle) : handle();
  }

  private async told(request: MeteredRequest, response: Response, handle: Handle): Promise<unknown> {
    const tell = () => this.tell(request, response);
    let result: unknown;
    try {
      result = await handle();
    } catch (error) {
      await tell();
      throw error;
    }
    if (isAsyncIterable(result)) return afterFirst(result, tell);
    await tell();
    return result;
  }

  /** Without the database there are no headers, but there is an answer. */
  private async tell({ principal, meter }: MeteredRequest, response: Response): Promise<void> {
    if (principal === undefined || response.headersSent) {
      return;
    }
    try {
      const { tenantId, keyId, tags } = principal;
      const listing = this.budgets.listOwn(tenantId, { keyId, tags, models: meter ? [...meter.models] : [] });
      const found = tightest(await inTime(listing, TIMEOUT_MS, 'The database'));
      if (found) {
        const { budget, limit, remaining } = found;
        response.set({
          'x-gateway-budget-id': budget.id,
          'x-gateway-budget-limit-usd': toUsd(limit),
          'x-gateway-budget-remaining-usd': toUsd(remaining),
          ...(budget.windowEnd && { 'x-gateway-budget-reset': budget.windowEnd.toISOString() }),
        });
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'The budget of a request could not be read for its headers.');
    }
  }
}
