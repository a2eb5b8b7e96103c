export const BUDGET_WINDOWS = ['total', 'day', 'week', 'month'] as const;
export type BudgetWindowKind = (typeof BUDGET_WINDOWS)[number];

/** A limit of cost. An empty tenant, key or model stands for all of them. Amounts are pico-USD. */
export interface Budget {
  id: string;
  tenantId: string;
  keyId: string;
  model: string;
  name: string;
  window: BudgetWindowKind;
  timeZone: string;
  /** Hard: a call that could exceed it is refused. Soft: it is only counted. */
  hard: boolean;
  /** Null: unlimited. 0: nothing. */
  limitPicoUsd: bigint | null;
}

/** A budget with the state of its current window. */
export interface BudgetStatus extends Budget {
  windowStart: Date;
  spentPicoUsd: bigint;
  reservedPicoUsd: bigint;
}

/** What a budget is asked about a call. */
export interface BudgetSubject {
  tenantId: string;
  keyId: string;
  /** Base model id, as prices have it. */
  model: string;
}

/** The same rule as in the database functions `budget_admit` and `budget_charge_inserted`. */
export function appliesTo(budget: BudgetSubject, subject: BudgetSubject): boolean {
  return (
    (budget.tenantId === '' || budget.tenantId === subject.tenantId) &&
    (budget.keyId === '' || budget.keyId === subject.keyId) &&
    (budget.model === '' || budget.model === subject.model)
  );
}
