import { GatewayError } from '../common/errors/gateway-error.js';
import { exceptionNameOf } from './bedrock.errors.js';

/** Failures after which the same call may succeed a moment later. Source: Bedrock's API reference, common errors. */
const RETRYABLE = new Set([
  'ThrottlingException',
  'ModelNotReadyException',
  'ServiceUnavailableException',
  'InternalServerException',
  'ModelTimeoutException',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'TimeoutError',
]);

/** A daily quota does not refill in seconds. */
const DAILY_QUOTA = /tokens per day/i;

const EMPTY_ANSWER = 'upstream_empty_response';

/** A stream that ended before its first event: nothing was generated that the client could lose. */
export function emptyAnswer(): GatewayError {
  return new GatewayError('Bedrock answered with an empty stream.', {
    status: 502,
    type: 'server_error',
    code: EMPTY_ANSWER,
  });
}

/** Whether the same call may succeed a moment later. Asked only before the first byte went to the client. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof GatewayError) {
    return error.code === EMPTY_ANSWER;
  }
  const name = exceptionNameOf(error);
  return name !== undefined && RETRYABLE.has(name) && !(error instanceof Error && DAILY_QUOTA.test(error.message));
}
