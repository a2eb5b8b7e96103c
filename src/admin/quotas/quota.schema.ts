import { z } from 'zod';
import type { AccountQuota, NewQuota, QuotaAmounts } from '../../quotas/account-quota.js';
import { listOf, time } from '../http/fields.js';

const amount = z.int().min(1).max(1_000_000_000_000).nullable().describe('null: not known, nobody waits for it.');

export const newQuotaSchema = z
  .strictObject({
    model: z
      .string()
      .regex(/^[\x21-\x7e]{1,512}$/, 'must be a model id, an inference profile id, an ARN or *')
      .describe(
        'Model id or inference profile id. A model id holds for each of its profiles that has no quota of its own, ' +
          '`*` for each model; every profile is counted for itself, as Bedrock does.',
      ),
    region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region such as eu-west-1'),
    tokens_per_minute: amount.prefault(null),
    requests_per_minute: amount.prefault(null),
  })
  .meta({
    id: 'NewAccountQuota',
    examples: [{ model: 'eu.anthropic.claude-sonnet-4-6', region: 'eu-west-1', tokens_per_minute: 2_000_000 }],
  });
export type NewQuotaBody = z.infer<typeof newQuotaSchema>;

export const quotaChangesSchema = z
  .strictObject({ tokens_per_minute: amount.optional(), requests_per_minute: amount.optional() })
  .meta({ id: 'AccountQuotaChanges' });
export type QuotaChangesBody = z.infer<typeof quotaChangesSchema>;

export const quotaSchema = z
  .object({
    id: z.string(),
    object: z.literal('account_quota'),
    model: z.string(),
    region: z.string(),
    tokens_per_minute: z.int().nullable(),
    requests_per_minute: z.int().nullable(),
    version: z.int(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'AccountQuota' });
export const quotaListSchema = listOf(quotaSchema).meta({ id: 'AccountQuotaList' });

export function toNewQuota({ model, region, ...amounts }: NewQuotaBody): NewQuota {
  return {
    model,
    region,
    tokensPerMinute: amounts.tokens_per_minute,
    requestsPerMinute: amounts.requests_per_minute,
  };
}

export function toQuotaChanges(body: QuotaChangesBody): Partial<QuotaAmounts> {
  const { tokens_per_minute: tokensPerMinute, requests_per_minute: requestsPerMinute } = body;
  return {
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
  };
}

export function toQuotaBody(quota: AccountQuota) {
  return {
    id: quota.id,
    object: 'account_quota' as const,
    model: quota.model,
    region: quota.region,
    tokens_per_minute: quota.tokensPerMinute,
    requests_per_minute: quota.requestsPerMinute,
    version: quota.version,
    created_at: quota.createdAt,
    updated_at: quota.updatedAt,
  };
}
