import { GatewayError, invalidRequest } from '../errors/gateway-error.js';

/** What Node tells of bytes that are no request. */
export interface UnreadableError extends NodeJS.ErrnoException {
  /** The bytes that were read last, and how many of them were understood. */
  rawPacket?: Buffer;
  bytesParsed?: number;
}

/** Node's code for what took too long to arrive. */
export const TOO_LATE = 'ERR_HTTP_REQUEST_TIMEOUT';
const END_OF_HEAD = '\r\n\r\n';
const ORIGIN_LINE = /\r\norigin:[ \t]*(\S+)[ \t]*(?:\r\n|$)/i;

/** What its client is told. */
export function toRefusal(code: string | undefined): GatewayError {
  switch (code) {
    case TOO_LATE:
      return refusal(408, 'request_timeout', 'The request took too long to arrive.');
    case 'HPE_HEADER_OVERFLOW':
      return refusal(431, 'request_headers_too_large', 'The URL and the headers of the request are too large.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return refusal(413, 'request_too_large', 'The chunk extensions of the request are too large.');
    default:
      return invalidRequest(null, 'The request is not valid HTTP.', 'invalid_http');
  }
}

/**
 * The `Origin` among the headers that could not be read, as far as they came in the same packet as what is wrong with
 * them. Not checked in any way.
 */
export function originOf({ rawPacket, bytesParsed = 0 }: UnreadableError): string | undefined {
  const [head = ''] = rawPacket?.toString('latin1').split(END_OF_HEAD, 1) ?? [];
  // Beyond it, what is wrong belongs to another request than the first in the packet.
  return bytesParsed > head.length + END_OF_HEAD.length ? undefined : ORIGIN_LINE.exec(head)?.[1];
}

function refusal(status: number, code: string, message: string): GatewayError {
  return new GatewayError(message, { status, type: 'invalid_request_error', code });
}
