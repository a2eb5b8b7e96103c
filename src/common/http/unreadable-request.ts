import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { toErrorBody } from '../errors/error-body.js';
import { GatewayError, invalidRequest } from '../errors/gateway-error.js';

/** What Node keeps of the answer that a connection is busy with; its types leave it out. */
interface BusySocket extends Duplex {
  _httpMessage?: ServerResponse | null;
}

/**
 * Answers what could not be read as a request, in the shape of all errors, and closes the connection. Handler of the
 * server's `clientError`.
 */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  const { _httpMessage: answer } = socket as BusySocket;
  const hasBegun = answer?.headersSent ?? false;
  if (socket.writable && !hasBegun && error.code !== 'ECONNRESET') {
    socket.write(toRawAnswer(toRefusal(error)));
  }
  socket.destroy();
}

function toRefusal({ code }: NodeJS.ErrnoException): GatewayError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refusal(408, 'request_timeout', 'The request took too long to arrive.');
    case 'HPE_HEADER_OVERFLOW':
      return refusal(431, 'request_headers_too_large', 'The headers of the request are too large.');
    default:
      return invalidRequest(null, 'The request is not valid HTTP.', 'invalid_http');
  }
}

function refusal(status: number, code: string, message: string): GatewayError {
  return new GatewayError(message, { status, type: 'invalid_request_error', code });
}

function toRawAnswer(error: GatewayError): string {
  const body = JSON.stringify(toErrorBody(error));
  return [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
