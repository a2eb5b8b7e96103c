import type { IncomingMessage, ServerResponse } from 'node:http';
import { toErrorBody } from '../errors/error-body.js';
import { GatewayError } from '../errors/gateway-error.js';

/** Clients that are told different times do not come back together. */
const RETRY_AFTER_MS = { min: 1_000, max: 3_000 };
/** More than this of a body is not read away to keep the connection. */
const DRAINED_BYTES_MAX = 64 * 1024;
/** How long the connection of a body that is not read stays: one that is closed at once can lose the answer. */
const LINGER_MS = 1_000;

const BODY = JSON.stringify(toErrorBody(overloaded()));

/** 503 for a request that comes when there is too much to do. */
export function overloaded(): GatewayError {
  return new GatewayError('The gateway has too much to do at the moment. Try again shortly.', {
    status: 503,
    type: 'server_error',
    code: 'overloaded',
    headers: Object.fromEntries(retryHeaders()),
  });
}

function retryHeaders(): [string, string][] {
  const afterMs = Math.round(RETRY_AFTER_MS.min + Math.random() * (RETRY_AFTER_MS.max - RETRY_AFTER_MS.min));
  return [
    ['retry-after', String(Math.ceil(afterMs / 1000))],
    ['retry-after-ms', String(afterMs)],
    ['x-should-retry', 'true'],
  ];
}

/**
 * Answers 503 `overloaded` at next to no cost: no route, no log line, the body unread. Where much of it is still to
 * come, the connection ends. Headers that the answer has already stay.
 */
export function writeRefusal(request: IncomingMessage, response: ServerResponse, isLastAnswer: boolean): void {
  const hasLongBody = isLong(request);
  if (hasLongBody) leaveBodyUnread(request);
  const headers = [
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(BODY.length),
    ...retryHeaders().flat(),
  ];
  if (hasLongBody || isLastAnswer) headers.push('connection', 'close');
  response.writeHead(503, headers);
  response.end(BODY);
}

function isLong({ headers, complete }: IncomingMessage): boolean {
  if (complete) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > DRAINED_BYTES_MAX;
}

/** For an answer that ends the connection: Node reads an unwanted body to its end, unless somebody else has begun to read it. */
export function leaveBodyUnread(request: IncomingMessage): void {
  const { socket } = request;
  // Takes out what has come, too: where the buffer is full, nothing less counts as reading.
  request.read();
  // What Node calls after the last answer. To close with unread bytes in the socket resets it.
  socket.destroySoon = () => {
    socket.end();
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  };
}
