import { z } from 'zod';
import type { KeyPrincipal } from '../auth/principal.js';
import { BUDGET_WINDOWS, type BudgetStatus, remainingPicoUsd } from '../billing/budgets/budget.js';
import { toUsd } from '../billing/pricing/money.js';
import { reportTime } from '../billing/reports/report-time.js';
import type { UsageSums } from '../billing/reports/usage-report.js';

const DAY_MS = 86_400_000;
const DEFAULT_RANGE_DAYS = 30;

/** Query string of `GET /v1/usage`. Dates are UTC; `to` is not part of the range. */
export const usageQuerySchema = z
  .strictObject({
    from: reportTime.optional().describe('Absent: 30 days before `to`, from midnight on.'),
    to: reportTime.optional().describe('Absent: now.'),
  })
  .transform(({ from, to }) => {
    const end = to ?? new Date();
    const start = new Date(Math.floor(end.getTime() / DAY_MS - DEFAULT_RANGE_DAYS) * DAY_MS);
    return { from: from ?? start, to: end };
  })
  .refine(({ from, to }) => from < to, { error: 'must be before `to`', path: ['from'] });
export type UsageQuery = z.infer<typeof usageQuerySchema>;

const count = z.int();
const amount = z.string().describe('USD, exact.');
const time = z.iso.datetime();

const sumsSchema = z.object({
  id: z.string(),
  name: z.string(),
  requests: count,
  attempts: count.describe('Calls to Bedrock: more than requests after retries or for several choices.'),
  errors: count,
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  attempts_without_usage: count,
  estimated_attempts: count,
  unpriced_attempts: count.describe('Attempts whose cost is not known: `cost_usd` lacks them.'),
  cost_usd: amount,
});

export const ownUsageSchema = z
  .object({
    object: z.literal('usage'),
    from: time,
    to: time,
    key: sumsSchema.describe('The key that asks.'),
    tenant: sumsSchema.describe('All keys of its tenant.'),
    budgets: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          key_id: z.string().nullable().describe('Null: all keys of the tenant.'),
          model: z.string().nullable(),
          tags: z.record(z.string(), z.string()),
          window: z.enum(BUDGET_WINDOWS),
          window_start: time,
          reset_at: time.nullable().describe('Null: never.'),
          hard: z.boolean(),
          limit_usd: amount.nullable().describe('With the increases of this moment. Null: unlimited.'),
          spent_usd: amount,
          reserved_usd: amount,
          remaining_usd: amount.nullable(),
        }),
      )
      .describe("The tenant's budgets that apply to the key, in their current windows."),
  })
  .meta({ id: 'OwnUsage' });

type Named = Pick<KeyPrincipal, 'tenantId' | 'tenantName' | 'keyId' | 'keyName'>;

export function toOwnUsage(
  caller: Named,
  { from, to }: UsageQuery,
  { key, tenant, budgets }: { key: UsageSums; tenant: UsageSums; budgets: BudgetStatus[] },
) {
  return {
    object: 'usage' as const,
    from,
    to,
    key: { id: caller.keyId, name: caller.keyName, ...toSums(key) },
    tenant: { id: caller.tenantId, name: caller.tenantName, ...toSums(tenant) },
    budgets: budgets.map(toOwnBudget),
  };
}

function toSums({ cost_pico_usd: cost, ...sums }: UsageSums) {
  return {
    requests: sums.requests,
    attempts: sums.attempts,
    errors: sums.errors,
    input_tokens: sums.input_tokens,
    output_tokens: sums.output_tokens,
    cache_read_tokens: sums.cache_read_tokens,
    cache_write_tokens: sums.cache_write_tokens,
    attempts_without_usage: sums.attempts_without_usage,
    estimated_attempts: sums.estimated_attempts,
    unpriced_attempts: sums.unpriced_attempts,
    cost_usd: toUsd(cost),
  };
}

function toOwnBudget(budget: BudgetStatus) {
  const remaining = remainingPicoUsd(budget);
  return {
    id: budget.id,
    name: budget.name,
    key_id: budget.keyId || null,
    model: budget.model || null,
    tags: budget.tags,
    window: budget.window,
    window_start: budget.windowStart,
    reset_at: budget.windowEnd,
    hard: budget.hard,
    limit_usd: budget.limitNowPicoUsd === null ? null : toUsd(budget.limitNowPicoUsd),
    spent_usd: toUsd(budget.spentPicoUsd),
    reserved_usd: toUsd(budget.reservedPicoUsd),
    remaining_usd: remaining === null ? null : toUsd(remaining),
  };
}
