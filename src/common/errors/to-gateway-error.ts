import { HttpException } from '@nestjs/common';
import { GatewayError, invalidRequest, requestTooLarge } from './gateway-error.js';

/** What Express's body parser attaches to its errors. Those of decompression have no type. */
interface BodyParserError {
  type?: string;
  status: number;
  limit?: number;
}

function isBodyParserError(error: unknown): error is BodyParserError {
  return error instanceof Error && 'status' in error && ('type' in error || error.status === 400);
}

function fromBodyParser(error: BodyParserError): GatewayError {
  switch (error.type) {
    case 'entity.too.large':
      return requestTooLarge(`more than ${error.limit ?? 0} bytes`, error);
    case 'entity.parse.failed':
      return invalidRequest(null, 'We could not parse the JSON body of your request. Send valid JSON.', 'invalid_json');
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new GatewayError('The content encoding or charset of the request is not supported.', {
        status: 415,
        type: 'invalid_request_error',
        code: 'unsupported_content_type',
        cause: error,
      });
    default:
      return invalidRequest(null, 'The request body could not be read.', 'invalid_body');
  }
}

/** Nest and its adapter raise these for what never reached a handler, or for a client's malformed request. */
function fromHttpException(error: HttpException, method: string, path: string): GatewayError {
  const status = error.getStatus();
  const type = status >= 500 ? 'server_error' : 'invalid_request_error';
  const message = status === 404 ? `Invalid URL (${method} ${path})` : error.message;
  return new GatewayError(message, { status, type, cause: error });
}

/**
 * Every failure as the client may see it. What nobody foresaw is a 500 without details: its message may hold
 * anything.
 */
export function toGatewayError(error: unknown, method: string, path: string): GatewayError {
  // Nest wraps the body parser's errors, and an own status says more than the wrapper.
  const inner = error instanceof HttpException ? error.cause : error;
  if (inner instanceof GatewayError) {
    return inner;
  }
  if (inner instanceof URIError) {
    return invalidRequest(null, 'The URL is not valid percent-encoding.', 'invalid_url');
  }
  if (!(inner instanceof HttpException) && isBodyParserError(inner)) {
    return fromBodyParser(inner);
  }
  if (error instanceof HttpException) {
    return fromHttpException(error, method, path);
  }
  return new GatewayError('The gateway failed to handle the request.', {
    status: 500,
    type: 'server_error',
    code: 'internal_error',
    cause: error,
  });
}
