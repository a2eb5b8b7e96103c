import { z } from 'zod';

const names = {
  project_id: z.string().nullable().describe('Id of the tenant.'),
  user_id: z.string().nullable(),
  api_key_id: z.string().nullable(),
};

/** OpenAI's page of buckets, which are empty where nothing was used. */
const pageOf = (results: z.ZodType) =>
  z.object({
    object: z.literal('page'),
    data: z.array(
      z.object({
        object: z.literal('bucket'),
        start_time: z.int().describe('Unix seconds.'),
        end_time: z.int(),
        results: z.array(results),
      }),
    ),
    has_more: z.boolean(),
    next_page: z.string().nullable(),
  });

const usage = { input_tokens: z.int(), num_model_requests: z.int(), ...names, model: z.string().nullable() };

export const completionsPageSchema = pageOf(
  z.looseObject({
    object: z.literal('organization.usage.completions.result'),
    ...usage,
    input_cached_tokens: z.int(),
    output_tokens: z.int(),
  }),
).meta({ id: 'OrganizationCompletions' });

export const inputPageSchema = pageOf(
  z.looseObject({
    object: z.enum(['organization.usage.embeddings.result', 'organization.usage.moderations.result']),
    ...usage,
  }),
).meta({ id: 'OrganizationInputs' });

export const costsPageSchema = pageOf(
  z.looseObject({
    object: z.literal('organization.costs.result'),
    amount: z.object({ value: z.number(), currency: z.literal('usd'), exact: z.string().describe('Exact decimal.') }),
    ...names,
    line_item: z.string().nullable(),
    unpriced_attempts: z.int(),
  }),
).meta({ id: 'OrganizationCosts' });
