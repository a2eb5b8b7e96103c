import { Injectable, Logger } from '@nestjs/common';
import type { Response } from 'express';
import { AppConfig } from '../../config/app-config.js';
import type { GatewayRequest } from '../http/gateway-request.js';
import { processingMs } from '../http/request-context.js';
import { writeJson } from '../http/write-json.js';
import { sendEventStream } from './event-stream.js';

/** WHATWG suggests a comment about every 15 s against proxies that end silent connections. */
const HEARTBEAT_MS = 15_000;

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/** Sends what a handler answers: an async iterable as server-sent events, any other value as JSON. */
@Injectable()
export class AnswerSender {
  private readonly logger = new Logger(AnswerSender.name);

  constructor(private readonly config: AppConfig) {}

  /** Resolves when the answer has begun. */
  async send(result: unknown, request: GatewayRequest, response: Response): Promise<void> {
    if (isAsyncIterable(result)) {
      await sendEventStream(result, response, {
        heartbeatMs: HEARTBEAT_MS,
        beginMs: this.config.streamBeginMs,
        onFirstChunk: () => {
          // A long prompt is not kept for as long as its answer takes.
          request.body = undefined;
          request.held.release();
        },
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
      return;
    }
    response.setHeader('openai-processing-ms', processingMs(request));
    writeJson(response, result);
  }
}
