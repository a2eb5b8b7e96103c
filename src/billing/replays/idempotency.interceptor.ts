import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { toIdempotency } from '../../audit/idempotency.js';
import type { AuthenticatedRequest, KeyPrincipal } from '../../auth/principal.js';
import { toGatewayError } from '../../common/errors/to-gateway-error.js';
import type { Handle, InnerInterceptor } from '../inner-interceptor.js';
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
export class IdempotencyInterceptor implements InnerInterceptor {
  constructor(private readonly responses: IdempotentResponses) {}

  intercept(request: AuthenticatedRequest, response: Response, handle: Handle): Promise<unknown> {
    return this.responses.isEnabled && request.principal
      ? this.once(request.principal, request, response, handle)
      : handle();
  }

  private async once(
    principal: KeyPrincipal,
    request: AuthenticatedRequest,
    response: Response,
    handle: Handle,
  ): Promise<unknown> {
    const idempotency = toIdempotency(request);
    if (idempotency === null) return handle();
    const claimed = await this.responses.claim(principal, idempotency);
    if ('outcome' in claimed) {
      response.setHeader('x-idempotent-replay', 'true');
      return replay(claimed.outcome);
    }
    return this.record(claimed, handle, request);
  }

  private async record(claim: Claim, handle: Handle, request: AuthenticatedRequest): Promise<unknown> {
    let result: unknown;
    try {
      result = await handle();
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
