export const BUDGET_WINDOWS = ['total', 'day', 'week', 'month'] as const;
export type BudgetWindowKind = (typeof BUDGET_WINDOWS)[number];

/** Labels of a tenant or a key. */
export type Tags = Readonly<Record<string, string>>;

/** A limit of cost. An empty tenant, key or model stands for all of them. Amounts are pico-USD. */
export interface Budget {
  id: string;
  tenantId: string;
  keyId: string;
  model: string;
  /** Labels that a call's tenant or key must have, all of them; none: it applies whatever they are. */
  tags: Tags;
  name: string;
  window: BudgetWindowKind;
  timeZone: string;
  /** Hard: a call that could exceed it is refused. Soft: it is only counted. */
  hard: boolean;
  /** Null: unlimited. 0: nothing. */
  limitPicoUsd: bigint | null;
  /** Percents of the limit that raise an event when what is spent reaches them, once per window. */
  thresholds: number[];
}

/** A budget with the state of its current window. */
export interface BudgetStatus extends Budget {
  version: number;
  windowStart: Date;
  /** When the window ends and a new one begins with nothing spent; null: never. */
  windowEnd: Date | null;
  /** The limit with the increases of this moment; null: unlimited. */
  limitNowPicoUsd: bigint | null;
  spentPicoUsd: bigint;
  reservedPicoUsd: bigint;
  /** Thresholds in percent that this window has reached. */
  reachedThresholds: number[];
}

/** More limit until a moment, whatever the window. Several add up. */
export interface BudgetIncrease {
  id: string;
  amountPicoUsd: bigint;
  reason: string;
  createdAt: Date;
  /** Id of the operator. */
  createdBy: string;
  endsAt: Date;
  cancelledAt: Date | null;
}

/** What is left of the limit of this moment, never below zero; null: unlimited. */
export function remainingPicoUsd({ limitNowPicoUsd, spentPicoUsd, reservedPicoUsd }: BudgetStatus): bigint | null {
  if (limitNowPicoUsd === null) return null;
  const rest = limitNowPicoUsd - spentPicoUsd - reservedPicoUsd;
  return rest > 0n ? rest : 0n;
}

/** What a budget is asked about a call. */
export interface BudgetSubject {
  tenantId: string;
  keyId: string;
  /** Base model id, as prices have it. */
  model: string;
  tags: Tags;
}

/** The same rule as in the database functions `budget_admit` and `budget_charge_inserted`. */
export function appliesTo(budget: BudgetSubject, subject: BudgetSubject): boolean {
  return (
    (budget.tenantId === '' || budget.tenantId === subject.tenantId) &&
    (budget.keyId === '' || budget.keyId === subject.keyId) &&
    (budget.model === '' || budget.model === subject.model) &&
    Object.entries(budget.tags).every(([name, value]) => subject.tags[name] === value)
  );
}
