import { z } from 'zod';
import { BUDGET_WINDOWS, type Budget, type BudgetStatus } from '../../billing/budgets/budget.js';
import { toPicoUsd, toUsd } from '../../billing/pricing/money.js';
import { text } from '../http/fields.js';

const limitUsd = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((value) => /^\d{1,12}(\.\d{1,12})?$/.test(value), 'must be an amount in USD such as "250.00"')
  .nullable()
  .describe('Null: unlimited. 0: nothing may be spent.');

const timeZone = z
  .string()
  .refine((name) => Intl.supportedValuesOf('timeZone').includes(name) || name === 'UTC', 'must be an IANA time zone');

export const newBudgetSchema = z
  .strictObject({
    name: text(128),
    tenant_id: text(64).optional().describe('Absent: the whole organisation.'),
    key_id: text(64).optional().describe('A key of the tenant.'),
    model: text(512).optional().describe('Base model id. Absent: all models.'),
    window: z.enum(BUDGET_WINDOWS),
    time_zone: timeZone.prefault('UTC').describe('Where days, weeks (from Monday) and months begin.'),
    hard: z.boolean().prefault(true).describe('A call that could exceed it is refused. Otherwise it is only counted.'),
    limit_usd: limitUsd,
  })
  .refine((body) => body.key_id === undefined || body.tenant_id !== undefined, {
    error: 'needs the tenant of the key',
    path: ['tenant_id'],
  })
  .meta({ id: 'NewBudget' });
export type NewBudgetBody = z.infer<typeof newBudgetSchema>;

export const budgetChangesSchema = z.strictObject({ limit_usd: limitUsd }).meta({ id: 'BudgetChanges' });
export type BudgetChangesBody = z.infer<typeof budgetChangesSchema>;

export function toLimit(usd: string | null): bigint | null {
  return usd === null ? null : toPicoUsd(usd);
}

export function toBudget(body: NewBudgetBody): Omit<Budget, 'id'> {
  return {
    name: body.name,
    tenantId: body.tenant_id ?? '',
    keyId: body.key_id ?? '',
    model: body.model ?? '',
    window: body.window,
    timeZone: body.time_zone,
    hard: body.hard,
    limitPicoUsd: toLimit(body.limit_usd),
  };
}

export function toBudgetBody(budget: BudgetStatus) {
  const { limitPicoUsd: limit, spentPicoUsd: spent, reservedPicoUsd: reserved } = budget;
  const remaining = limit === null ? null : limit - spent - reserved;
  return {
    id: budget.id,
    object: 'budget' as const,
    name: budget.name,
    tenant_id: budget.tenantId || null,
    key_id: budget.keyId || null,
    model: budget.model || null,
    window: budget.window,
    time_zone: budget.timeZone,
    hard: budget.hard,
    limit_usd: limit === null ? null : toUsd(limit),
    window_start: budget.windowStart,
    spent_usd: toUsd(spent),
    reserved_usd: toUsd(reserved),
    remaining_usd: remaining === null ? null : toUsd(remaining > 0n ? remaining : 0n),
  };
}
