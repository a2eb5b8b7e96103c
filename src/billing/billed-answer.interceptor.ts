import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { of, type Observable } from 'rxjs';
import { AnswerSender } from '../common/sse/answer-sender.js';
import { BillingChain } from './billing-chain.js';
import type { MeteredRequest } from './metering/metered-request.js';

const NOTHING = of(undefined);

/**
 * Bills a request and sends what its handler answers. For handlers that take `@Res()`, so that Nest sends nothing: its way
 * for streams costs several streams of Node's for each of ours.
 */
@Injectable()
export class BilledAnswerInterceptor implements NestInterceptor {
  constructor(
    private readonly billing: BillingChain,
    private readonly answers: AnswerSender,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const [request, response] = [http.getRequest<MeteredRequest>(), http.getResponse<Response>()];
    await this.answers.send(await this.billing.pass(request, response, next), request, response);
    return NOTHING;
  }
}
