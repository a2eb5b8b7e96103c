import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { GatewayRequest } from './gateway-request.js';

/** The only version of its API that OpenAI has ever sent. */
const OPENAI_VERSION = '2020-10-01';

/** First middleware of all, behind the gate. */
export function requestContext(request: Request, response: Response, next: NextFunction): void {
  giveId(request, response);
  next();
}

/**
 * Gives the request its id, and sends it back on every answer, also on those that fail before a route is found. The id
 * is always ours, since a client's may repeat and the ledger's may not; what a client sent as `x-client-request-id` is
 * sent back beside it.
 */
export function giveId(request: IncomingMessage, response: ServerResponse): void {
  const gatewayRequest = request as GatewayRequest;
  gatewayRequest.requestId = `req_${randomUUID().replaceAll('-', '')}`;
  response.setHeader('x-request-id', gatewayRequest.requestId);
  response.setHeader('openai-version', OPENAI_VERSION);
  const clientRequestId = request.headers['x-client-request-id'];
  if (typeof clientRequestId === 'string' && /^[\x21-\x7e]{1,512}$/.test(clientRequestId)) {
    response.setHeader('x-client-request-id', clientRequestId);
  }
}

/** Milliseconds from the request's headers to now, whole, as OpenAI's `openai-processing-ms` has them. */
export function processingMs(request: GatewayRequest): string {
  return String(Math.round(performance.now() - request.startedAt));
}
