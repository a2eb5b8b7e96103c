import type { IncomingMessage } from 'node:http';
import { json, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import type { BodyGate } from '../overload/body-gate.js';
import { isLong } from './between-turns.js';
import type { GatewayRequest } from './gateway-request.js';
import { excessOf } from './json-shape.js';
import { GatewayError, requestTooLarge } from '../errors/gateway-error.js';

const CHARSETS = /;\s*charset\s*=\s*"?([^\s;"]*)/gi;
const JSON_MEDIA_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\s*(?:;|$)/i;

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

function unsupportedCharset(): GatewayError {
  return new GatewayError('The content encoding or charset of the request is not supported.', {
    status: 415,
    type: 'invalid_request_error',
    code: 'unsupported_content_type',
  });
}

/** How long a refused body may go on: a connection that is closed at once can lose the answer. */
const LINGER_MS = 2_000;

/** Whether the body is to be parsed as JSON; clients that name no type at all send JSON. */
function hasJsonBody(request: IncomingMessage): boolean {
  const type = request.headers['content-type'];
  return type === undefined || JSON_MEDIA_TYPE.test(type);
}

/** Whether a content type names no charset but UTF-8, wherever the parser may look for one. */
function isUtf8(type = ''): boolean {
  return [...type.matchAll(CHARSETS)].every(([, charset]) => charset?.toLowerCase() === 'utf-8');
}

/** Refuses a body of any other type, or that is not UTF-8, before it is read. */
export function requireJsonBody(request: Request, _response: Response, next: NextFunction): void {
  if (!hasBody(request)) {
    next();
    return;
  }
  if (hasJsonBody(request)) {
    next(isUtf8(request.headers['content-type']) ? undefined : unsupportedCharset());
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

/** Closes the connection of a client that goes on sending after its answer. */
function lingerAfter(response: Response, request: Request): void {
  response.once('finish', () => {
    const timer = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
    request.once('close', () => clearTimeout(timer));
    request.resume();
  });
}

/** Whether there is room for a body, from its first bytes to when it has been read. */
type Bodies = Pick<BodyGate, 'covers' | 'refuse' | 'keep'>;

/**
 * Reads JSON bodies. One that says it is too large is refused before it is read, and one that says nothing as soon as it
 * is: the parser itself would first read it to its end, which may never come. A client that asks first is told to go on.
 * @param bodies are asked whether there is room while a body arrives
 */
export function parseJsonBody(limitBytes: number, bodies: Bodies): RequestHandler {
  const verify = (request: IncomingMessage, _response: unknown, body: Buffer) => {
    const excess = isLong(body.length) ? excessOf(body) : undefined;
    if (excess !== undefined) throw requestTooLarge(excess);
    bodies.keep(request as Request, body.length);
  };
  const parse = json({ limit: limitBytes, type: hasJsonBody, strict: false, verify });
  return (request, response, next) => {
    let isOpen = true;
    const proceed = (error?: unknown) => {
      if (isOpen) {
        isOpen = false;
        request.off('data', count);
        (request as GatewayRequest).bodyBytes = receivedBytes;
        if (isLong(receivedBytes)) setImmediate(() => next(error));
        else next(error);
      }
    };
    const refuse = () => {
      lingerAfter(response, request);
      proceed(requestTooLarge(`more than ${limitBytes} bytes`));
    };
    let receivedBytes = 0;
    const count = (chunk: Buffer) => {
      receivedBytes += chunk.length;
      if (receivedBytes > limitBytes) {
        refuse();
      } else if (isOpen && !bodies.covers(request, receivedBytes)) {
        isOpen = false;
        bodies.refuse(request, response);
      }
    };
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      refuse();
      return;
    }
    if (hasBody(request)) {
      request.on('data', count);
    }
    parse(request, response, proceed);
    // Not before: the parser refuses some bodies at sight. It reads nothing until this turn ends.
    if (isOpen && (request as GatewayRequest).awaitsContinue) response.writeContinue();
  };
}
