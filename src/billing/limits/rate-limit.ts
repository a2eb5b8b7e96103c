export const LIMIT_KINDS = ['requests', 'tokens', 'concurrent_requests'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

export const LIMIT_WINDOWS = ['minute', 'day'] as const;
export type LimitWindow = (typeof LIMIT_WINDOWS)[number];

/** Who shares a limit: an empty tenant, key or model stands for all of them together. */
export interface LimitScope {
  tenantId: string;
  keyId: string;
  /** Base model id, as prices have it. */
  model: string;
}

export interface LimitRule extends LimitScope {
  kind: LimitKind;
  /** Empty for requests at the same time. */
  window: LimitWindow | '';
  /** Null: unlimited. 0: nothing. */
  amount: number | null;
}

/** A limit that an operator has set. */
export interface RateLimit extends LimitRule {
  id: string;
  /** Counts changes; the ETag. */
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** A limit that applies to a call. */
export interface AppliedLimit {
  /** Name of what is counted; the same for every replica and every call that shares the limit. */
  counter: string;
  /** What is limited, in words for the caller. */
  subject: string;
  kind: LimitKind;
  window: LimitWindow | '';
  amount: number;
}

export function toAppliedLimit(rule: LimitRule & { amount: number }): AppliedLimit {
  const { tenantId, keyId, model, kind, window, amount } = rule;
  return {
    counter: [kind, window, tenantId, keyId, model].join('|'),
    subject: toSubject(rule),
    kind,
    window,
    amount,
  };
}

function toSubject({ tenantId, keyId, model }: LimitScope): string {
  const who = keyId ? 'this key' : tenantId && 'this tenant';
  const what = model && `the model '${model}'`;
  return [who, what].filter(Boolean).join(' on ') || 'this gateway';
}
