import { Injectable, Logger, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { map, type Observable } from 'rxjs';
import type { GatewayRequest } from '../http/gateway-request.js';
import { processingMs } from '../http/request-context.js';
import { toEventStream } from './event-stream.js';

/** WHATWG suggests a comment about every 15 s against proxies that end silent connections. */
const HEARTBEAT_MS = 15_000;

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Sends an async iterable of a handler as server-sent events. Any other result passes through. */
@Injectable()
export class EventStreamInterceptor implements NestInterceptor {
  private readonly logger = new Logger(EventStreamInterceptor.name);

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<GatewayRequest>();
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      map((result: unknown) => {
        if (!isAsyncIterable(result)) {
          response.setHeader('openai-processing-ms', processingMs(request));
          return result;
        }
        return toEventStream(result, {
          heartbeatMs: HEARTBEAT_MS,
          onFirstFrame: () => {
            response.setHeader('content-type', 'text/event-stream; charset=utf-8');
            response.setHeader('cache-control', 'no-cache, no-transform');
            response.setHeader('x-accel-buffering', 'no');
            response.setHeader('openai-processing-ms', processingMs(request));
          },
          onFailure: (error) => {
            this.logger.error({ requestId: request.requestId, err: error }, 'The stream failed after its first frame.');
          },
        });
      }),
    );
  }
}
