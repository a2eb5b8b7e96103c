import { GatewayError } from '../common/errors/gateway-error.js';
import { awsRequestIdOf, exceptionNameOf, statusOf } from './bedrock.errors.js';
import type { AttemptResult, TokenUsage } from './upstream-attempt.js';

/** An attempt that Bedrock answered in full. `searches` of a tool inside Bedrock are billed beside the tokens. */
export function finishedAttempt(
  usage: TokenUsage | undefined,
  awsRequestId: string | undefined,
  firstByteMs: number,
  searches = 0,
  stopReason?: string,
): AttemptResult {
  const units = searches > 0 ? { units: { kind: 'query' as const, count: searches } } : {};
  return { outcome: 'success', usage, ...units, awsRequestId, statusCode: 200, firstByteMs, stopReason };
}

/** An attempt that failed; `awsRequestId` is the one of the answer's headers, which stream exceptions lack. */
export function failedAttempt(error: unknown, awsRequestId?: string): AttemptResult {
  const truncated = error instanceof GatewayError && error.code === 'upstream_truncated';
  return {
    outcome: truncated ? 'truncated' : 'error',
    awsRequestId: awsRequestId ?? awsRequestIdOf(error),
    statusCode: statusOf(error),
    errorCode: truncated ? 'upstream_truncated' : exceptionNameOf(error),
  };
}
