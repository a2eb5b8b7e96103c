import { z } from 'zod';

/** OpenAI's own limit. */
export const EMBEDDING_INPUTS_MAX = 2048;

/** The longest context of an embedding model on Bedrock; more tokens could only waste time. */
const TOKENS_PER_INPUT_MAX = 128_000;
/** The last special token of cl100k_base, the vocabulary of OpenAI's embedding models. */
const TOKEN_MAX = 100_276;

const token = z.int().min(0).max(TOKEN_MAX);

const textPartSchema = z.looseObject({ type: z.literal('text'), text: z.string() });
const imagePartSchema = z.looseObject({
  type: z.literal('image_url'),
  image_url: z.union([z.string().min(1), z.looseObject({ url: z.string().min(1) })]),
});
const partSchema = z.discriminatedUnion('type', [textPartSchema, imagePartSchema]);
const mixedSchema = z.looseObject({ content: z.array(partSchema).min(1) });

const itemSchema = z.union([z.string(), z.array(token), partSchema, mixedSchema]);

/** Limits come after the types: inside a union they would be told as a wrong type. */
const inputSchema = z
  .union([z.string(), z.array(token), z.array(itemSchema)])
  .superRefine((input: string | number[] | EmbeddingItem[], context) => {
    const refuse = (path: number[], origin: 'string' | 'array', maximum?: number) => {
      context.addIssue(
        maximum === undefined
          ? { code: 'too_small', origin, minimum: 1, input, path }
          : { code: 'too_big', origin, maximum, input, path },
      );
    };
    if (input.length === 0) {
      refuse([], typeof input === 'string' ? 'string' : 'array');
    } else if (typeof input !== 'string' && isTokens(input)) {
      if (input.length > TOKENS_PER_INPUT_MAX) refuse([], 'array', TOKENS_PER_INPUT_MAX);
    } else if (typeof input !== 'string') {
      if (input.length > EMBEDDING_INPUTS_MAX) refuse([], 'array', EMBEDDING_INPUTS_MAX);
      for (const [index, item] of input.entries()) {
        if (item === '') refuse([index], 'string');
        if (!Array.isArray(item)) continue;
        if (item.length === 0) refuse([index], 'array');
        if (item.length > TOKENS_PER_INPUT_MAX) refuse([index], 'array', TOKENS_PER_INPUT_MAX);
      }
    }
  });

const purposeSchema = z.enum([
  'GENERIC_INDEX',
  'GENERIC_RETRIEVAL',
  'TEXT_RETRIEVAL',
  'IMAGE_RETRIEVAL',
  'VIDEO_RETRIEVAL',
  'DOCUMENT_RETRIEVAL',
  'AUDIO_RETRIEVAL',
  'CLASSIFICATION',
  'CLUSTERING',
]);

/**
 * Body of `POST /v1/embeddings`. Beyond OpenAI's: images, `input_type`, `embedding_purpose` and `truncate`.
 * Source: OpenAI's OpenAPI document, `CreateEmbeddingRequest`.
 */
export const embeddingRequestSchema = z.looseObject({
  model: z.string().min(1).max(2048),
  input: inputSchema,
  dimensions: z.int().min(1).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  user: z.string().nullish(),

  /**
   * What the vectors are for; `document` and `query` are short for `search_document` and `search_query`. Clients of
   * TwelveLabs and Cohere tell here what the input is: `text`, or `image` for texts that hold images.
   */
  input_type: z
    .enum(['search_document', 'search_query', 'document', 'query', 'classification', 'clustering', 'text', 'image'])
    .nullish(),
  /** Nova's own, finer list, in our spelling and in Nova's. */
  embedding_purpose: purposeSchema.nullish(),
  embeddingPurpose: purposeSchema.nullish(),
  /** Which end of a text that is too long is cut off, or that it is refused. Cohere's clients write it in capitals. */
  truncate: z.enum(['none', 'start', 'end', 'NONE', 'START', 'END']).nullish(),
});

export type EmbeddingRequest = z.infer<typeof embeddingRequestSchema>;
export type EmbeddingItem = z.infer<typeof itemSchema>;
export type EmbeddingPart = z.infer<typeof partSchema>;

/** Whether an array is one text in tokens, and not a list of inputs. */
export function isTokens(input: readonly (number | EmbeddingItem)[]): input is readonly number[] {
  return typeof input[0] === 'number';
}
