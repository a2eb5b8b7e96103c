import { GatewayError } from '../../common/errors/gateway-error.js';
import { toDuration, toLimitHeaders } from './limit-headers.js';
import type { Refused } from './limit-store.js';
import type { AppliedLimit, LimitKind } from './rate-limit.js';

const NAMES: Readonly<Record<LimitKind, string>> = {
  requests: 'requests',
  tokens: 'tokens',
  concurrent_requests: 'concurrent requests',
};

/** When a slot is free depends on the requests that hold it. */
const SLOT_RETRY_MS = 1_000;

/** OpenAI's 429: `type` says what ran out, `code` is `rate_limit_exceeded`. */
export function limitExceeded({ by, used, retryAfterMs, states }: Refused): GatewayError {
  const { limit, amount } = by;
  const numbers = `Limit ${limit.amount}, used ${used}, requested ${amount}.`;
  const reached = `Rate limit reached for ${limit.subject} on ${nameOf(limit)}: ${numbers}`;
  const waitMs = limit.window === '' ? SLOT_RETRY_MS : retryAfterMs;
  const isHopeless = retryAfterMs === Infinity;
  return new GatewayError(
    isHopeless ? `${reached} ${hopeless(limit)}` : `${reached} Please try again in ${toDuration(waitMs)}.`,
    {
      status: 429,
      type: limit.kind === 'tokens' ? 'tokens' : 'requests',
      code: 'rate_limit_exceeded',
      headers: { ...toLimitHeaders(states), ...(isHopeless ? { 'x-should-retry': 'false' } : toRetryHeaders(waitMs)) },
    },
  );
}

function nameOf({ kind, window }: AppliedLimit): string {
  return window === '' ? NAMES[kind] : `${NAMES[kind]} per ${window}`;
}

function hopeless({ kind, amount }: AppliedLimit): string {
  return kind === 'tokens' && amount > 0
    ? 'The request can never fit: shorten it, or set a lower max_completion_tokens.'
    : 'No request can pass.';
}

/** The SDKs believe `retry-after-ms` first; `retry-after` is in whole seconds. */
function toRetryHeaders(waitMs: number): Record<string, string> {
  return {
    'retry-after': String(Math.max(1, Math.ceil(waitMs / 1_000))),
    'retry-after-ms': String(Math.max(1, Math.ceil(waitMs))),
  };
}
