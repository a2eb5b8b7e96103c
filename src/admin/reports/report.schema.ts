import { z } from 'zod';

const counts = {
  requests: z.int().describe('Calls of clients.'),
  attempts: z.int().describe('Calls to Bedrock.'),
  cost_usd: z.string().describe('Exact decimal.'),
  unpriced_attempts: z.int().describe('Attempts whose cost is not known: the cost lacks them.'),
  estimated_attempts: z.int().describe('Attempts whose amounts are a bound instead of a report.'),
};

const usageFields = {
  ...counts,
  errors: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_write_tokens: z.int(),
  cache_write_5m_tokens: z.int(),
  cache_write_1h_tokens: z.int(),
  attempts_without_usage: z.int().describe('Attempts whose usage was not reported: the tokens lack them.'),
};
const costFields = { ...counts, currency: z.literal('usd') };

/** A group also has the values of what it is grouped by, for example `tenant_id` and `tenant_name`. */
const reportOf = (fields: z.ZodRawShape) =>
  z.object({
    object: z.literal('list'),
    data: z.array(z.object(fields).catchall(z.union([z.string(), z.int(), z.null()]))),
    totals: z.object(fields),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
  });

export const usageReportSchema = reportOf(usageFields).meta({ id: 'UsageReport' });
export const costReportSchema = reportOf(costFields).meta({ id: 'CostReport' });
