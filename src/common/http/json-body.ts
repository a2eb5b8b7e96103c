import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { GatewayError } from '../errors/gateway-error.js';

const JSON_MEDIA_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i;

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** Whether the body is to be parsed as JSON; clients that name no type at all send JSON. */
export function hasJsonBody(request: IncomingMessage): boolean {
  const type = request.headers['content-type'];
  return type === undefined || JSON_MEDIA_TYPE.test(type);
}

/** Refuses a body of any other type before it is read. */
export function requireJsonBody(request: Request, _response: Response, next: NextFunction): void {
  if (!hasBody(request) || hasJsonBody(request)) {
    next();
    return;
  }
  next(
    new GatewayError("The content type is not supported. Send 'application/json'.", {
      status: 415,
      type: 'invalid_request_error',
      code: 'unsupported_content_type',
    }),
  );
}
