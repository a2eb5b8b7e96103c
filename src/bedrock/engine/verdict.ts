import { GatewayError } from '../../common/errors/gateway-error.js';
import {
  exceptionNameOf,
  isAboutRequest,
  isAuthenticationFailure,
  isTlsFailure,
  statusOf,
  toGatewayError,
} from '../bedrock.errors.js';
import { asUpstream, messageOf } from '../upstream-error.js';
import type { FailureKind } from './circuit-breaker.js';

/**
 * What may follow a failed attempt: after a `fault` and when `throttled`, the same call may succeed a moment later, and
 * so it may after an `account-fault`, which every target under the same account has, and where the caller is
 * `unauthenticated`, with newer credentials; `elsewhere`, only another target can serve it; `other-account`, only one
 * under another account; `final`, none will.
 */
export type Verdict = FailureKind | 'account-fault' | 'unauthenticated' | 'elsewhere' | 'other-account' | 'final';

/** Failures of the service or on the way to it. Source: Bedrock's API reference, common errors. */
const FAULTS = new Set([
  'ModelNotReadyException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'InternalFailure',
  'InternalServerException',
  'ModelTimeoutException',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ERR_PROXY_TUNNEL',
  'ETIMEDOUT',
  'TimeoutError',
  'ConnectTimeout',
  'FirstByteTimeout',
  'IdleTimeout',
]);
const FAULT_STATUSES = new Set([408, 500, 502, 503, 504, 529]);

/** A quota of tokens per day does not refill in seconds. */
const DAILY_QUOTA = /per day|daily/i;

const EMPTY_ANSWER = 'upstream_empty_response';

/** A stream that ended before its first event: nothing was generated that the client could lose. */
export function emptyAnswer(): GatewayError {
  return new GatewayError('Bedrock answered with an empty stream.', {
    status: 502,
    type: 'server_error',
    code: EMPTY_ANSWER,
  });
}

function fromStatus(status: number | undefined): Verdict {
  if (status === 429) {
    return 'throttled';
  }
  return status !== undefined && FAULT_STATUSES.has(status) ? 'fault' : 'final';
}

/** A model that fails says with which status; one that says nothing may do better next time. */
function ofModel(error: unknown): Verdict {
  const { originalStatusCode } = asUpstream(error);
  return typeof originalStatusCode === 'number' ? fromStatus(originalStatusCode) : 'fault';
}

/** What may follow this failure of an attempt. Asked only before the first byte went to the client. */
export function verdictOf(error: unknown): Verdict {
  if (error instanceof GatewayError) {
    return error.code === EMPTY_ANSWER ? 'fault' : 'final';
  }
  const name = exceptionNameOf(error);
  if (name !== undefined && (FAULTS.has(name) || isTlsFailure(name))) {
    return 'fault';
  }
  // An account may also be unknown in a region that it has not opened, and known in the others.
  if (name !== undefined && isAuthenticationFailure(name)) {
    return 'unauthenticated';
  }
  switch (name) {
    case 'CredentialsUnavailable':
    case 'RoleServiceUnavailable':
      return 'account-fault';
    case 'ThrottlingException':
    case 'TooManyRequestsException':
      return DAILY_QUOTA.test(messageOf(error)) ? 'elsewhere' : 'throttled';
    case 'RoleRefused':
      return 'other-account';
    case 'ServiceQuotaExceededException':
    // Also a model past the end of its life.
    case 'ResourceNotFoundException':
      return 'elsewhere';
    case 'ValidationException': {
      const { code } = toGatewayError(error);
      return code === 'model_not_found' || code === 'model_not_supported' ? 'elsewhere' : 'final';
    }
    case 'AccessDeniedException':
      return isAboutRequest(messageOf(error)) ? 'final' : 'elsewhere';
    case 'ModelErrorException':
    case 'ModelStreamErrorException':
      return ofModel(error);
    default:
      return fromStatus(statusOf(error));
  }
}
