import { z } from 'zod';
import { BUDGET_WINDOWS, type Budget, type BudgetIncrease, type BudgetStatus } from '../../billing/budgets/budget.js';
import { remainingPicoUsd } from '../../billing/budgets/budget.js';
import type { BudgetChanges } from '../../billing/budgets/budget.repository.js';
import { toPicoUsd, toUsd } from '../../billing/pricing/money.js';
import { toPriceSubject } from '../../billing/pricing/to-price-subject.js';
import { timeZoneName } from '../../billing/reports/report-time.js';
import { futureTime, listOf, tags, text, time } from '../http/fields.js';

const usd = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((value) => /^\d{1,12}(\.\d{1,12})?$/.test(value), 'must be an amount in USD such as "250.00"');

const limitUsd = usd.nullable().describe('Null: unlimited. 0: nothing may be spent.');

const thresholds = z
  .array(z.int().min(1).max(1_000))
  .max(10)
  .transform((percents) => [...new Set(percents)].sort((left, right) => left - right))
  .describe('Percents of the limit that send an event when what is spent reaches them. Empty: none.');

export const newBudgetSchema = z
  .strictObject({
    name: text(128),
    tenant_id: text(64).optional().describe('Absent: the whole organisation.'),
    key_id: text(64).optional().describe('A key of the tenant.'),
    model: text(512)
      .optional()
      .describe('Model id, no alias; counts under every inference profile and alias. Absent: all models.'),
    tags: tags
      .prefault({})
      .describe('Labels that the tenant or the key of a call must have, all of them. Without a tenant: of any tenant.'),
    window: z.enum(BUDGET_WINDOWS),
    time_zone: timeZoneName.prefault('UTC').describe('Where days, weeks (from Monday) and months begin.'),
    hard: z.boolean().prefault(true).describe('A call that could exceed it is refused. Otherwise it is only counted.'),
    limit_usd: limitUsd,
    thresholds: thresholds.prefault([50, 80, 100]),
  })
  .refine((body) => body.key_id === undefined || body.tenant_id !== undefined, {
    error: 'needs the tenant of the key',
    path: ['tenant_id'],
  })
  .meta({ id: 'NewBudget' });
export type NewBudgetBody = z.infer<typeof newBudgetSchema>;

export const budgetChangesSchema = z
  .strictObject({ name: text(128).optional(), limit_usd: limitUsd.optional(), thresholds: thresholds.optional() })
  .refine((body) => Object.keys(body).length > 0, 'must change something')
  .meta({ id: 'BudgetChanges', description: 'What is absent stays as it is.' });
export type BudgetChangesBody = z.infer<typeof budgetChangesSchema>;

export const newIncreaseSchema = z
  .strictObject({
    amount_usd: usd.refine((value) => Number(value) > 0, 'must be more than 0'),
    until: futureTime.describe('When it ends, by the clock of the database.'),
    reason: text(512),
  })
  .meta({ id: 'NewBudgetIncrease' });
export type NewIncreaseBody = z.infer<typeof newIncreaseSchema>;

const amount = z.string().describe('USD, exact.');

export const budgetSchema = z
  .object({
    id: z.string(),
    object: z.literal('budget'),
    name: z.string(),
    tenant_id: z.string().nullable(),
    key_id: z.string().nullable(),
    model: z.string().nullable(),
    tags: z.record(z.string(), z.string()),
    window: z.enum(BUDGET_WINDOWS),
    time_zone: z.string(),
    hard: z.boolean(),
    limit_usd: amount.nullable(),
    limit_now_usd: amount.nullable().describe('The limit with the increases of this moment.'),
    thresholds: z.array(z.int()),
    reached_thresholds: z.array(z.int()).describe('Those that the current window has reached.'),
    window_start: time,
    window_end: time.nullable().describe('Null: never.'),
    spent_usd: amount,
    reserved_usd: amount.describe('Held by calls that have not ended.'),
    remaining_usd: amount.nullable(),
    version: z.int(),
  })
  .meta({ id: 'Budget' });
export const budgetListSchema = listOf(budgetSchema).meta({ id: 'BudgetList' });

export const increaseSchema = z
  .object({
    id: z.string(),
    object: z.literal('budget_increase'),
    amount_usd: amount,
    reason: z.string(),
    created_at: time,
    created_by: z.string(),
    until: time,
    cancelled_at: time.nullable(),
  })
  .meta({ id: 'BudgetIncrease' });
export const increaseListSchema = listOf(increaseSchema).meta({ id: 'BudgetIncreaseList' });

function toLimit(limit: string | null): bigint | null {
  return limit === null ? null : toPicoUsd(limit);
}

function toOptionalUsd(picoUsd: bigint | null): string | null {
  return picoUsd === null ? null : toUsd(picoUsd);
}

export function toBudget(body: NewBudgetBody): Omit<Budget, 'id'> {
  return {
    name: body.name,
    tenantId: body.tenant_id ?? '',
    keyId: body.key_id ?? '',
    model: body.model === undefined ? '' : toPriceSubject({ resolvedModel: body.model }).model,
    tags: body.tags,
    window: body.window,
    timeZone: body.time_zone,
    hard: body.hard,
    limitPicoUsd: toLimit(body.limit_usd),
    thresholds: body.thresholds,
  };
}

export function toBudgetChanges({ limit_usd: limit, name, thresholds: percents }: BudgetChangesBody): BudgetChanges {
  return {
    ...(name !== undefined && { name }),
    ...(limit !== undefined && { limitPicoUsd: toLimit(limit) }),
    ...(percents !== undefined && { thresholds: percents }),
  };
}

export function toIncrease({ amount_usd, until, reason }: NewIncreaseBody) {
  return { amountPicoUsd: toPicoUsd(amount_usd), endsAt: until, reason };
}

export function toBudgetBody(budget: BudgetStatus) {
  return {
    id: budget.id,
    object: 'budget' as const,
    name: budget.name,
    tenant_id: budget.tenantId || null,
    key_id: budget.keyId || null,
    model: budget.model || null,
    tags: budget.tags,
    window: budget.window,
    time_zone: budget.timeZone,
    hard: budget.hard,
    limit_usd: toOptionalUsd(budget.limitPicoUsd),
    limit_now_usd: toOptionalUsd(budget.limitNowPicoUsd),
    thresholds: budget.thresholds,
    reached_thresholds: budget.reachedThresholds,
    window_start: budget.windowStart,
    window_end: budget.windowEnd,
    spent_usd: toUsd(budget.spentPicoUsd),
    reserved_usd: toUsd(budget.reservedPicoUsd),
    remaining_usd: toOptionalUsd(remainingPicoUsd(budget)),
    version: budget.version,
  };
}

export function toIncreaseBody(increase: BudgetIncrease) {
  return {
    id: increase.id,
    object: 'budget_increase' as const,
    amount_usd: toUsd(increase.amountPicoUsd),
    reason: increase.reason,
    created_at: increase.createdAt,
    created_by: increase.createdBy,
    until: increase.endsAt,
    cancelled_at: increase.cancelledAt,
  };
}
