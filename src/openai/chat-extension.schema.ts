import { z } from 'zod';
import { systemContentSchema } from './chat-content.schema.js';

/** Keys and values of Converse's `requestMetadata`; the count is checked with the gateway's own entries. */
const METADATA_PATTERN = /^[a-zA-Z0-9\s:_@$#=/+,\-.]*$/;

const METADATA_ENTRIES_MAX = 16;

/** Anthropic's `thinking`; `adaptive` is for Claude 4.6 and later. */
export const thinkingSchema = z.looseObject({
  type: z.enum(['enabled', 'disabled', 'adaptive']),
  budget_tokens: z.int().min(0).nullish(),
  display: z.enum(['summarized', 'omitted']).nullish(),
});

/** Anthropic's `output_config`, which Claude's clients send beside `thinking`. */
const outputConfigSchema = z.looseObject({
  effort: z.enum(['low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  format: z.looseObject({ type: z.literal('json_schema'), schema: z.record(z.string(), z.unknown()) }).nullish(),
});

const betaList = z.array(z.string().min(1).max(128)).max(32);

/** Anthropic's beta flags; several in one text are what its HTTP header holds. */
const betasSchema = z.union([
  betaList,
  z
    .string()
    .max(4_096)
    .transform((flags) => flags.split(',').map((flag) => flag.trim()))
    .pipe(betaList),
]);

const requestMetadataSchema = z
  .record(z.string().min(1).max(256).regex(METADATA_PATTERN), z.string().max(256).regex(METADATA_PATTERN))
  .refine((entries) => Object.keys(entries).length <= METADATA_ENTRIES_MAX, {
    message: `has more than ${METADATA_ENTRIES_MAX} entries`,
  });

/** RFC 6901, without the empty one that stands for the whole document. */
const JSON_POINTER = /^(?:\/(?:[^~/]|~[01])*)+$/;

/**
 * What OpenAI's request does not have and Bedrock does. This is the allow list: nothing else of the AWS request can be
 * reached by a client. Each is taken at the top level and inside `extra_body`, which OpenAI's SDKs flatten.
 */
export const chatExtensions = {
  thinking: thinkingSchema.nullish(),
  output_config: outputConfigSchema.nullish(),
  anthropic_beta: betasSchema.nullish(),
  prompt_caching: z
    .looseObject({
      system: z.boolean().nullish(),
      messages: z.boolean().nullish(),
      tools: z.boolean().nullish(),
      ttl: z.enum(['5m', '1h']).nullish(),
    })
    .nullish(),
  guardrailConfig: z
    .looseObject({
      guardrailIdentifier: z.string().min(1).max(2048),
      guardrailVersion: z.string().min(1).max(64),
      trace: z.enum(['enabled', 'disabled', 'enabled_full']).nullish(),
      streamProcessingMode: z.enum(['sync', 'async']).nullish(),
    })
    .nullish(),
  additionalModelRequestFields: z.record(z.string(), z.unknown()).nullish(),
  /** JSON pointers into the model's own answer; what they find comes back with the choice. */
  additionalModelResponseFieldPaths: z.array(z.string().max(256).regex(JSON_POINTER)).max(10).nullish(),
  /** Values for the variables of a prompt of Bedrock's prompt management; models ignore them. */
  promptVariables: z.record(z.string().min(1).max(256), z.looseObject({ text: z.string() })).nullish(),
  /** Bedrock's own word for OpenAI's `service_tier`, which goes first. */
  serviceTier: z.looseObject({ type: z.enum(['default', 'flex', 'priority', 'reserved']) }).nullish(),
  performanceConfig: z.looseObject({ latency: z.enum(['standard', 'optimized']) }).nullish(),
  requestMetadata: requestMetadataSchema.nullish(),
  top_k: z.int().min(0).nullish(),
  /** The same, as Nova spells it. */
  topK: z.int().min(0).nullish(),
  /** The system prompt in Anthropic's place; it stands before system messages. */
  system: systemContentSchema.nullish(),
};

export const extraBodySchema = z.looseObject(chatExtensions);

export type Thinking = z.infer<typeof thinkingSchema>;
