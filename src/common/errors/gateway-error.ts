/** What the client may learn of a failure, in the words of OpenAI's error object. */
export interface GatewayErrorFields {
  /** HTTP status of the answer, when no byte of it has been sent yet. */
  status: number;
  /** OpenAI's `error.type`, for example `invalid_request_error`. */
  type: string;
  /** OpenAI's `error.code`, for example `model_not_found`; null when there is none. */
  code?: string | null;
  /** Path of the offending request field, for example `messages[0].content`. */
  param?: string | null;
  /** Response headers that belong to this failure, for example `retry-after`. */
  headers?: Record<string, string>;
  /** The internal reason, for the log only. */
  cause?: unknown;
}

/**
 * A failure with a public face. `message` reaches the client, so it never holds a key, a prompt, an ARN or an
 * account id; whatever else is known goes into `cause`, which only the log sees.
 */
export class GatewayError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  readonly headers: Record<string, string>;

  constructor(message: string, fields: GatewayErrorFields) {
    super(message, { cause: fields.cause });
    this.name = GatewayError.name;
    this.status = fields.status;
    this.type = fields.type;
    this.code = fields.code ?? null;
    this.param = fields.param ?? null;
    this.headers = fields.headers ?? {};
  }
}

/** 400 that names the field at fault. */
export function invalidRequest(param: string | null, message: string, code: string | null = null): GatewayError {
  return new GatewayError(message, { status: 400, type: 'invalid_request_error', code, param });
}

/** 400 for a field that OpenAI knows and this model cannot serve. */
export function unsupportedParameter(param: string, message: string): GatewayError {
  return invalidRequest(param, message, 'unsupported_parameter');
}

/** 401 for a missing, malformed, unknown, expired or revoked credential. */
export function unauthenticated(message: string, code: string | null = 'invalid_api_key'): GatewayError {
  return new GatewayError(message, {
    status: 401,
    type: 'invalid_request_error',
    code,
    headers: { 'www-authenticate': 'Bearer' },
  });
}

/** 403 for a known caller that may not do this. */
export function permissionDenied(message: string, code: string | null = 'permission_denied'): GatewayError {
  return new GatewayError(message, { status: 403, type: 'permission_error', code });
}

/** 404 for a thing that does not exist, or is not the caller's: the two must not be told apart. */
export function notFound(
  message: string,
  code: string | null = 'not_found',
  param: string | null = null,
): GatewayError {
  return new GatewayError(message, { status: 404, type: 'invalid_request_error', code, param });
}

/** 405 for a path that is served, with another method. */
export function methodNotAllowed(method: string, path: string, allowed: readonly string[]): GatewayError {
  return new GatewayError(`${method} is not allowed on ${path}. Use ${allowed.join(' or ')}.`, {
    status: 405,
    type: 'invalid_request_error',
    code: 'method_not_supported',
    headers: { allow: allowed.join(', ') },
  });
}

/** 413 for a body above a limit. `excess` is what it holds, for example `more than 1000 bytes`. */
export function requestTooLarge(excess: string, cause?: unknown): GatewayError {
  return new GatewayError(`The request body is too large: it holds ${excess}.`, {
    status: 413,
    type: 'invalid_request_error',
    code: 'request_too_large',
    cause,
  });
}

/** 503 for a dependency that is away; the client may retry. */
export function unavailable(message: string, retryAfterSeconds: number, cause?: unknown): GatewayError {
  return new GatewayError(message, {
    status: 503,
    type: 'service_unavailable_error',
    code: 'service_unavailable',
    headers: { 'retry-after': String(retryAfterSeconds) },
    cause,
  });
}

/** How proxies log a client that left. */
export const CLIENT_LEFT_STATUS = 499;

/** Nobody reads it. */
export function clientLeft(): GatewayError {
  return new GatewayError('The client has left.', {
    status: CLIENT_LEFT_STATUS,
    type: 'invalid_request_error',
    code: 'client_left',
  });
}
