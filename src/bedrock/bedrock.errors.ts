import { GatewayError, type GatewayErrorFields } from '../common/errors/gateway-error.js';
import { toPublicText } from './error-text.js';
import { asUpstream, awsRequestIdOf, exceptionNameOf, messageOf, retryAfterMsOf, statusOf } from './upstream-error.js';
import { FAILURES, type UpstreamFailure } from './upstream-failures.js';
import { toValidationError } from './validation-exception.js';

export { awsRequestIdOf, exceptionNameOf, statusOf };

const ACCESS_DENIED_MESSAGE = 'The gateway is not allowed to use this model on Bedrock.';
const NOT_FOUND_MESSAGE = 'The model does not exist on Bedrock or has reached the end of its life.';

/** Errors of the layer that checks signatures, before any model is looked at. */
const AUTHENTICATION_FAILURES = new Set([
  'ExpiredTokenException',
  'ExpiredToken',
  'InvalidSignatureException',
  'UnrecognizedClientException',
  'IncompleteSignatureException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidClientTokenIdException',
  'MissingAuthenticationTokenException',
  'MissingAuthenticationToken',
  'SignatureDoesNotMatch',
  'NotAuthorizedException',
]);

/** Whether AWS does not know the caller. */
export function isAuthenticationFailure(name: string): boolean {
  return AUTHENTICATION_FAILURES.has(name);
}

/** What the SDK's decoder of event streams says, in plain errors without name or code. */
const BROKEN_FRAME = /checksum|event (?:message|stream)|message length|unable to determine (?:event|exception)/i;

/** The gateway's own names, for what became of the way to Bedrock. */
const OWN_FAILURES: Readonly<Record<string, UpstreamFailure>> = {
  ConnectTimeout: FAILURES.connectTimeout,
  FirstByteTimeout: FAILURES.timeout,
  IdleTimeout: FAILURES.idleTimeout,
  CredentialsUnavailable: FAILURES.credentialsUnavailable,
  RoleRefused: FAILURES.roleRefused,
  RoleServiceUnavailable: FAILURES.roleUnavailable,
};

const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_PROXY_TUNNEL',
]);

/** No certificate that is trusted, or none of this host. Source: Node's documentation of TLS, certificate error codes. */
const CERTIFICATE_REFUSED =
  /CERT|^UNABLE_TO_|^CRL_|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^HOSTNAME_MISMATCH$/;
/** The other side speaks no TLS, or none that ours understands. */
const BROKEN_TLS = /^EPROTO$|^ERR_SSL_/;

/** Whether there was no safe way to Bedrock. */
export function isTlsFailure(name: string): boolean {
  return CERTIFICATE_REFUSED.test(name) || BROKEN_TLS.test(name);
}

/** Whether nothing was sent to Bedrock, because there was no way there or nothing to sign with. */
export function isNeverSent(name: string): boolean {
  return (
    UNREACHABLE_CODES.has(name) ||
    CERTIFICATE_REFUSED.test(name) ||
    name === 'ConnectTimeout' ||
    name === 'CredentialsUnavailable'
  );
}

/** An answer that is not HTTP, or has more headers than are read, as Node's parser and undici's name it. */
const BROKEN_HTTP = /^HPE_|^HTTPParserError$|^UND_ERR_HEADERS_OVERFLOW$/;

const DISCONNECT_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);
const TIMEOUT_CODES = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT']);

function commonHeaders(error: unknown): Record<string, string> {
  const requestId = awsRequestIdOf(error);
  return requestId === undefined ? {} : { 'x-aws-request-id': requestId };
}

function toFailure(failure: UpstreamFailure, error: unknown, message = ''): GatewayError {
  const headers = commonHeaders(error);
  const retryAfterMs = retryAfterMsOf(error);
  const retryAfterSeconds =
    retryAfterMs === undefined ? failure.retryAfterSeconds : Math.max(1, Math.ceil(retryAfterMs / 1000));
  if (failure.shouldRetry === false) {
    headers['x-should-retry'] = 'false';
  } else if (retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(retryAfterSeconds);
  }
  const { status, type, code } = failure;
  return new GatewayError(message === '' ? failure.message : message, { status, type, code, headers, cause: error });
}

function toClientError(
  error: unknown,
  fields: Pick<GatewayErrorFields, 'status' | 'type' | 'code' | 'param'>,
  message: string,
): GatewayError {
  return new GatewayError(message, { ...fields, headers: commonHeaders(error), cause: error });
}

function toThrottlingError(error: unknown, text: string): GatewayError {
  return /per day|daily/i.test(text)
    ? toFailure(FAILURES.quotaUsedUp, error, text)
    : toFailure(FAILURES.throttled, error, text);
}

/** Whether access to one model is missing, in Bedrock's own words. */
function isModelAccessDenied(text: string): boolean {
  return /access to the model|model access is denied|marketplace|use case/i.test(text);
}

/** Open weights refuse a cache point in these words, as seen live in August 2026. */
const NO_CACHE_POINTS = /did not allow prompt caching/i;

/** Whether something in the request is what is denied, and not the model. */
export function isAboutRequest(text: string): boolean {
  return NO_CACHE_POINTS.test(text) || /\bs3\b/i.test(text);
}

function toAccessDenied(error: unknown, text: string): GatewayError {
  if (NO_CACHE_POINTS.test(text)) {
    return toClientError(
      error,
      { status: 400, type: 'invalid_request_error', code: null, param: 'cache_control' },
      text,
    );
  }
  // IAM's sentences name the gateway's role and policies; only Bedrock's own, which do not, are passed on.
  const message = isModelAccessDenied(text) && !text.includes('[resource]') ? text : ACCESS_DENIED_MESSAGE;
  return toClientError(error, { status: 403, type: 'permission_error', code: 'permission_denied' }, message);
}

function toNotFound(error: unknown, text: string): GatewayError {
  const message = text === '' ? NOT_FOUND_MESSAGE : text;
  return toClientError(
    error,
    { status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
    message,
  );
}

function toModelError(error: unknown, text: string): GatewayError {
  const { originalStatusCode } = asUpstream(error);
  return typeof originalStatusCode === 'number' && originalStatusCode >= 400
    ? fromStatus(originalStatusCode, error, text)
    : toFailure(FAILURES.failed, error, text);
}

function fromStatus(status: number, error: unknown, text: string): GatewayError {
  switch (status) {
    case 400:
    case 413:
    case 422:
      return toValidationError(text === '' ? 'Bedrock refused the request.' : text, {
        headers: commonHeaders(error),
        cause: error,
      });
    case 401:
      return toFailure(FAILURES.unauthenticated, error);
    case 403:
      return toAccessDenied(error, text);
    case 404:
      return toNotFound(error, text);
    case 408:
    case 504:
      return toFailure(FAILURES.timeout, error, text);
    case 429:
      return toThrottlingError(error, text);
    case 503:
    case 529:
      return toFailure(FAILURES.unavailable, error, text);
    default:
      return status < 400 ? toFailure(FAILURES.unreadable, error) : toFailure(FAILURES.failed, error, text);
  }
}

function fromName(name: string, error: unknown, text: string): GatewayError | undefined {
  const own = OWN_FAILURES[name];
  if (own !== undefined) {
    return toFailure(own, error);
  }
  if (isAuthenticationFailure(name)) {
    return toFailure(FAILURES.unauthenticated, error);
  }
  if (UNREACHABLE_CODES.has(name) || isTlsFailure(name)) {
    return toFailure(FAILURES.unavailable, error);
  }
  if (BROKEN_HTTP.test(name)) {
    return toFailure(FAILURES.unreadable, error);
  }
  if (DISCONNECT_CODES.has(name) || name.startsWith('ERR_HTTP2')) {
    return toFailure(FAILURES.disconnected, error);
  }
  if (TIMEOUT_CODES.has(name)) {
    return toFailure(FAILURES.timeout, error);
  }
  switch (name) {
    case 'ThrottlingException':
    case 'TooManyRequestsException':
      return toThrottlingError(error, text);
    case 'ServiceQuotaExceededException':
      return toFailure(FAILURES.quotaUsedUp, error, text);
    case 'ModelNotReadyException':
      return toFailure(FAILURES.notReady, error, text);
    // Those without `Exception` are codes of error frames: https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
    case 'ServiceUnavailable':
    case 'ServiceUnavailableException':
      return toFailure(FAILURES.unavailable, error, text);
    case 'InternalFailure':
    case 'InternalServerException':
      return toFailure(FAILURES.failed, error, text);
    case 'ModelTimeoutException':
      return toFailure(FAILURES.timeout, error, text);
    case 'TimeoutError':
    case 'AbortError':
      return toFailure(FAILURES.timeout, error);
    case 'ModelErrorException':
    case 'ModelStreamErrorException':
      return toModelError(error, text);
    case 'ValidationException':
      return fromStatus(400, error, text);
    case 'AccessDeniedException':
      return toAccessDenied(error, text);
    case 'ResourceNotFoundException':
      return toNotFound(error, text);
    default:
      return undefined;
  }
}

/**
 * A failure of a Bedrock call as the client may see it: OpenAI's status, type and code, no ARN, account id or
 * credential, and AWS's request id as `x-aws-request-id`. What did not come from Bedrock or the way there is a defect
 * of ours and becomes a 500 without details. Source of the table: the API reference's exceptions of Converse.
 */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) {
    return error;
  }
  const text = toPublicText(messageOf(error));
  const name = exceptionNameOf(error);
  const known = name === undefined ? undefined : fromName(name, error, text);
  if (known !== undefined) {
    return known;
  }
  const status = statusOf(error);
  if (status !== undefined) {
    // An answer that is not JSON makes the SDK throw what its parser says, and that quotes the body.
    return fromStatus(status, error, error instanceof SyntaxError ? '' : text);
  }
  // An event stream's error frame: its code is the name, and nothing else is known.
  if (name?.endsWith('Exception')) {
    return toFailure(FAILURES.failed, error, text);
  }
  if (BROKEN_FRAME.test(text)) {
    return toFailure(FAILURES.unreadable, error);
  }
  return new GatewayError('The gateway failed to handle the request.', {
    status: 500,
    type: 'server_error',
    code: 'internal_error',
    headers: { 'x-should-retry': 'false' },
    cause: error,
  });
}
