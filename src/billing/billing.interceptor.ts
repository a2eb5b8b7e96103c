import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { of, type Observable } from 'rxjs';
import { BillingChain } from './billing-chain.js';
import type { MeteredRequest } from './metering/metered-request.js';

/** Bills a request. What its handler answers is sent by Nest. */
@Injectable()
export class BillingInterceptor implements NestInterceptor {
  constructor(private readonly billing: BillingChain) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    return of(await this.billing.pass(http.getRequest<MeteredRequest>(), http.getResponse<Response>(), next));
  }
}
