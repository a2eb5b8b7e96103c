import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { defer, lastValueFrom, type Observable } from 'rxjs';
import { toIdempotency } from '../../audit/idempotency.js';
import type { AuthenticatedRequest } from '../../auth/principal.js';
import { toGatewayError } from '../../common/errors/to-gateway-error.js';
import { type Claim, IdempotentResponses } from './idempotent-responses.js';
import { replay, toKeptError } from './kept-outcome.js';
import { RecordedStream } from './recorded-stream.js';

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/**
 * Answers a request whose `Idempotency-Key` came before with what the first one was answered, without calling Bedrock
 * again. The innermost interceptor: it records what the handler makes, which the others meter and frame as ever.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly responses: IdempotentResponses) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!this.responses.isEnabled) return next.handle();
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const idempotency = toIdempotency(request);
    const { principal } = request;
    if (idempotency === null || !principal) return next.handle();
    return defer(async () => {
      const claimed = await this.responses.claim(principal, idempotency);
      if ('outcome' in claimed) {
        context.switchToHttp().getResponse<Response>().setHeader('x-idempotent-replay', 'true');
        return replay(claimed.outcome);
      }
      return this.record(claimed, next, request);
    });
  }

  private async record(claim: Claim, next: CallHandler, request: AuthenticatedRequest): Promise<unknown> {
    let result: unknown;
    try {
      result = await lastValueFrom<unknown>(next.handle());
    } catch (error) {
      const kept = toKeptError(toGatewayError(error, request.method, request.path));
      await (kept ? claim.keep(kept) : claim.release());
      throw error;
    }
    const { bytesMax } = this.responses;
    if (isAsyncIterable(result)) return new RecordedStream(result, claim, bytesMax);
    const json = JSON.stringify(result);
    await claim.keep(Buffer.byteLength(json) > bytesMax ? { kind: 'too_large' } : { kind: 'value', json });
    return result;
  }
}
