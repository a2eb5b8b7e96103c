import type { OwnLimits } from '../../tenants/own-limits.js';
import type { LimitRule, LimitScope } from './rate-limit.js';

/** The limits that stand in the policy of a tenant or a key itself. */
export function listOwnLimits(limits: OwnLimits | null, scope: LimitScope): LimitRule[] {
  if (limits === null) {
    return [];
  }
  return [
    { ...scope, kind: 'requests', window: 'minute', amount: limits.requests_per_minute ?? null },
    { ...scope, kind: 'requests', window: 'day', amount: limits.requests_per_day ?? null },
    { ...scope, kind: 'tokens', window: 'minute', amount: limits.tokens_per_minute ?? null },
    { ...scope, kind: 'tokens', window: 'day', amount: limits.tokens_per_day ?? null },
    { ...scope, kind: 'concurrent_requests', window: '', amount: limits.concurrent_requests ?? null },
  ];
}
