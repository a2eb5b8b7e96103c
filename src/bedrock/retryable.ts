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

/** Whether the same call may succeed a moment later. Asked only before the first byte went to the client. */
export function isRetryable(error: unknown): boolean {
  const name = exceptionNameOf(error);
  return name !== undefined && RETRYABLE.has(name) && !(error instanceof Error && DAILY_QUOTA.test(error.message));
}
