import { z } from 'zod';
import { chatExtensions, extraBodySchema } from './chat-extension.schema.js';
import { chatMessageSchema } from './chat-message.schema.js';
import {
  functionChoiceSchema,
  legacyFunctionsSchema,
  responseFormatSchema,
  toolChoiceSchema,
  toolSchema,
} from './chat-tool.schema.js';

/** Choices are separate calls to Bedrock, so OpenAI's limit of 128 would be a way to multiply cost. */
export const CHOICES_MAX = 8;

/** OpenAI's own limit. */
const STOP_SEQUENCES_MAX = 4;

const penalty = z.number().min(-2).max(2).nullish();

/**
 * Body of `POST /v1/chat/completions`. Every optional field may be null, since clients send null for fields that they
 * do not set; unknown fields are kept and mean nothing, since clients send their own.
 * Source: OpenAI's OpenAPI document, `CreateChatCompletionRequest`.
 */
export const chatRequestSchema = z.looseObject({
  model: z.string().min(1).max(2048).optional(),
  messages: z.array(chatMessageSchema).min(1),

  max_completion_tokens: z.int().min(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(STOP_SEQUENCES_MAX)]).nullish(),
  n: z.int().min(1).max(CHOICES_MAX).nullish(),
  seed: z.number().nullish(),
  frequency_penalty: penalty,
  presence_penalty: penalty,
  logit_bias: z.record(z.string(), z.number()).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),

  stream: z.boolean().nullish(),
  stream_options: z
    .looseObject({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() })
    .nullish(),

  tools: z.array(toolSchema).nullish(),
  tool_choice: toolChoiceSchema.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  functions: legacyFunctionsSchema.nullish(),
  function_call: functionChoiceSchema.nullish(),

  response_format: responseFormatSchema.nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
  modalities: z.array(z.enum(['text', 'audio'])).nullish(),
  audio: z.looseObject({}).nullish(),
  prediction: z.looseObject({}).nullish(),
  web_search_options: z.looseObject({}).nullish(),
  moderation: z.looseObject({}).nullish(),

  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'reserved']).nullish(),
  store: z.boolean().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_retention: z.string().nullish(),
  prompt_cache_options: z.looseObject({}).nullish(),

  ...chatExtensions,
  extra_body: extraBodySchema.nullish(),
});

export type ChatRequest = z.infer<typeof chatRequestSchema>;
