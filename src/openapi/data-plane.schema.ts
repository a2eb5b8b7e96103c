import { z } from 'zod';
import { MODERATION_CATEGORIES } from '../openai/moderation.js';

/** Every error of the gateway. */
export const errorSchema = z
  .object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable().describe('The field at fault.'),
      code: z.string().nullable(),
    }),
  })
  .meta({
    id: 'Error',
    examples: [
      {
        error: {
          message: 'Incorrect API key provided.',
          type: 'invalid_request_error',
          param: null,
          code: 'invalid_api_key',
        },
      },
    ],
  });

const toolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string().describe('JSON.') }),
});

const usage = z
  .looseObject({
    prompt_tokens: z.int().describe('All input, tokens read from and written to the cache included.'),
    completion_tokens: z.int(),
    total_tokens: z.int(),
  })
  .meta({ id: 'CompletionUsage' });

const finishReason = z.enum(['stop', 'length', 'tool_calls', 'content_filter']);

export const chatCompletionSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.looseObject({
        index: z.int(),
        finish_reason: finishReason,
        message: z.looseObject({
          role: z.literal('assistant'),
          content: z.string().nullable(),
          refusal: z.string().nullable(),
          tool_calls: z.array(toolCall).optional(),
          reasoning_content: z.string().optional(),
        }),
      }),
    ),
    usage: usage.optional(),
  })
  .meta({ id: 'ChatCompletion' });

export const chatCompletionChunkSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal('chat.completion.chunk'),
    created: z.int(),
    model: z.string(),
    choices: z.array(
      z.looseObject({
        index: z.int(),
        finish_reason: finishReason.nullable(),
        delta: z.looseObject({
          role: z.literal('assistant').optional(),
          content: z.string().nullish(),
          tool_calls: z.array(toolCall.partial().extend({ index: z.int() })).optional(),
          reasoning_content: z.string().optional(),
        }),
      }),
    ),
    usage: usage.nullish(),
  })
  .meta({ id: 'ChatCompletionChunk', description: 'One `data:` line of a stream, which ends with `data: [DONE]`.' });

export const completionSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal('text_completion'),
    created: z.int(),
    model: z.string(),
    choices: z.array(z.looseObject({ index: z.int(), text: z.string(), finish_reason: z.string().nullable() })),
    usage: usage.nullish(),
  })
  .meta({ id: 'Completion' });

export const embeddingListSchema = z
  .looseObject({
    object: z.literal('list'),
    data: z.array(
      z.looseObject({
        object: z.literal('embedding'),
        index: z.int(),
        embedding: z
          .union([z.array(z.number()), z.string()])
          .describe('Numbers, or base64 of 32-bit floats, little-endian, where the request asks for it.'),
      }),
    ),
    model: z.string(),
    usage: z.looseObject({ prompt_tokens: z.int(), total_tokens: z.int() }),
  })
  .meta({ id: 'EmbeddingList' });

export const rerankingSchema = z
  .looseObject({
    id: z.string(),
    model: z.string(),
    results: z.array(
      z.looseObject({
        index: z.int().describe('Position among the documents of the request.'),
        relevance_score: z.number(),
        document: z.object({ text: z.string() }).optional(),
      }),
    ),
    meta: z.looseObject({ billed_units: z.looseObject({ search_units: z.int() }) }),
  })
  .meta({ id: 'Reranking' });

const checks = z.record(z.string(), z.looseObject({ status: z.enum(['up', 'down', 'unknown']) }));

export const readinessSchema = z
  .looseObject({ status: z.enum(['ok', 'error', 'shutting_down']), info: checks, error: checks, details: checks })
  .meta({ id: 'Readiness' });

export const tokenCountSchema = z
  .looseObject({ object: z.literal('token_count'), model: z.string(), input_tokens: z.int() })
  .meta({ id: 'TokenCount' });

const byCategory = (value: z.ZodType) =>
  z.object(Object.fromEntries(MODERATION_CATEGORIES.map((name) => [name, value])));

export const moderationSchema = z
  .looseObject({
    id: z.string(),
    model: z.string(),
    results: z.array(
      z.looseObject({
        flagged: z.boolean(),
        categories: byCategory(z.boolean()),
        category_scores: byCategory(z.number()),
        category_applied_input_types: byCategory(z.array(z.string())),
        guardrail_policies: z.array(z.string()).describe('Policies of the guardrail that found something.'),
      }),
    ),
  })
  .meta({ id: 'Moderation' });

const usdPerMillion = z.string().nullable();

const modelDetails = z
  .looseObject({
    kind: z.enum(['chat', 'embedding', 'rerank', 'image', 'video', 'speech']).nullable(),
    provider: z.string(),
    base_model: z.string().describe('The foundation model behind a profile or an alias.'),
    scope: z.string().nullable().describe('What serves it: `in-region`, `global`, or a geography such as `eu`.'),
    context_length: z.int().nullable(),
    max_output_tokens: z.int().nullable(),
    capabilities: z.record(z.string(), z.boolean().nullable()).describe('Null: not established.'),
    reasoning_efforts: z.array(z.string()),
    pricing: z
      .looseObject({
        currency: z.literal('USD'),
        per: z.literal('1M tokens'),
        input: usdPerMillion,
        output: usdPerMillion,
        cache_read: usdPerMillion,
        cache_write_5m: usdPerMillion,
        cache_write_1h: usdPerMillion,
        above: z
          .array(z.object({ prompt_tokens: z.int(), input: usdPerMillion, output: usdPerMillion }))
          .describe('Prices of requests with longer prompts.'),
      })
      .nullable()
      .describe('Exact decimals; null where no price is known.'),
    lifecycle: z.object({
      status: z.enum(['active', 'legacy', 'ended']),
      legacy_at: z.iso.datetime().nullable(),
      end_of_life_at: z.iso.datetime().nullable(),
    }),
  })
  .meta({ id: 'ModelDetails', description: 'What OpenAI has no words for.' });

const model = z
  .looseObject({
    id: z.string(),
    object: z.literal('model'),
    created: z.int(),
    owned_by: z.string(),
    display_name: z.string(),
    gateway: modelDetails,
  })
  .meta({ id: 'Model' });

export const modelSchema = model;
export const modelListSchema = z
  .looseObject({ object: z.literal('list'), data: z.array(model) })
  .meta({ id: 'ModelList' });
