import { z } from 'zod';
import { countTokens } from '../replies/tokens.js';
import { seededRandom, sha256 } from '../replies/seed.js';
import type { InvokeAnswer, NativeFormat } from './invoke-answer.js';
import { malformed, readNative } from './native-body.js';
import { type EmbeddingType, quantize } from './quantize.js';
import { mediaVector, mixVectors, textVector } from './vectors.js';

const MAX_INPUTS = 96;
const MAX_TEXT_CHARACTERS = 2048;
const THIRD_VERSION_DIMENSIONS = 1024;
const THIRD_VERSION_TOKENS = 512;
const TOKENS_PER_IMAGE = 1000;

const inputType = z.enum(['search_document', 'search_query', 'classification', 'clustering', 'image']);
const embeddingTypes = z.array(z.enum(['float', 'int8', 'uint8', 'binary', 'ubinary'])).min(1);

const thirdBody = z.strictObject({
  input_type: inputType,
  texts: z.array(z.string().min(1).max(MAX_TEXT_CHARACTERS)).min(1).max(MAX_INPUTS).optional(),
  images: z.array(z.string().min(1)).min(1).max(1).optional(),
  truncate: z.enum(['NONE', 'START', 'END']).optional(),
  embedding_types: embeddingTypes.optional(),
});

const content = z.union([
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.union([z.string(), z.looseObject({ url: z.string() })]),
  }),
]);
const fourthBody = z.strictObject({
  input_type: inputType,
  texts: z.array(z.string().min(1)).min(1).max(MAX_INPUTS).optional(),
  images: z.array(z.string().min(1)).min(1).max(MAX_INPUTS).optional(),
  inputs: z
    .array(z.strictObject({ content: z.array(content).min(1) }))
    .min(1)
    .max(MAX_INPUTS)
    .optional(),
  truncate: z.enum(['NONE', 'LEFT', 'RIGHT']).optional(),
  embedding_types: embeddingTypes.optional(),
  output_dimension: z.union([z.literal(256), z.literal(512), z.literal(1024), z.literal(1536)]).default(1536),
  max_tokens: z.int().min(1).max(128_000).optional(),
});

export const cohereEmbedThird: NativeFormat = {
  serves: /^cohere\.embed-(english|multilingual)-v3$/,
  answer(body, model) {
    const { texts, images, truncate, embedding_types: types } = readNative(thirdBody, body);
    if ((texts === undefined) === (images === undefined))
      throw malformed('#: only one of texts and images is permitted');
    if (truncate === 'NONE' && texts?.some((text) => countTokens(text) > THIRD_VERSION_TOKENS)) {
      throw malformed(`#/texts: too many tokens, the limit is ${THIRD_VERSION_TOKENS}`);
    }
    const vectors = [
      ...(texts ?? []).map((text) => textVector(text, THIRD_VERSION_DIMENSIONS)),
      ...(images ?? []).map((image) => mediaVector(image, THIRD_VERSION_DIMENSIONS)),
    ];
    // The English model reads, and returns, lower case.
    const isEnglish = model.id.includes('english');
    const echo = texts ? { texts: texts.map((text) => (isEnglish ? text.toLowerCase() : text)) } : {};
    const embeddings = types ? byType(vectors, types) : vectors;
    const responseType = types ? 'embeddings_by_type' : 'embeddings_floats';
    return toAnswer({ ...echo, embeddings, response_type: responseType }, texts ?? [], images?.length ?? 0);
  },
};

export const cohereEmbedFourth: NativeFormat = {
  serves: /^cohere\.embed-v4:0$/,
  answer(body) {
    const request = readNative(fourthBody, body);
    const { texts, images, inputs, output_dimension: dimensions } = request;
    if ([texts, images, inputs].filter(Boolean).length !== 1) {
      throw malformed('#: only one of texts, images and inputs is permitted');
    }
    const parts = inputs?.flatMap((input) => input.content) ?? [];
    const vectors = [
      ...(texts ?? []).map((text) => textVector(text, dimensions)),
      ...(images ?? []).map((image) => mediaVector(image, dimensions)),
      ...(inputs ?? []).map((input) => mixVectors(input.content.map((part) => partVector(part, dimensions)))),
    ];
    const spoken = [...(texts ?? []), ...parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))];
    const seen = (images?.length ?? 0) + parts.filter(({ type }) => type === 'image_url').length;
    // The fourth version answers by type also when nobody asked for a type.
    const embeddings = byType(vectors, request.embedding_types ?? ['float']);
    return toAnswer({ ...(texts ? { texts } : {}), embeddings, response_type: 'embeddings_by_type' }, spoken, seen);
  },
};

function partVector(part: z.infer<typeof content>, dimensions: number): number[] {
  if (part.type === 'text') return textVector(part.text, dimensions);
  return mediaVector(typeof part.image_url === 'string' ? part.image_url : part.image_url.url, dimensions);
}

function byType(vectors: readonly number[][], types: readonly EmbeddingType[]): Record<string, number[][]> {
  return Object.fromEntries(types.map((type) => [type, vectors.map((vector) => quantize(vector, type))]));
}

function toAnswer(body: Record<string, unknown>, texts: readonly string[], images: number): InvokeAnswer {
  const inputTokens = texts.reduce((sum, text) => sum + countTokens(text), 0) + images * TOKENS_PER_IMAGE;
  return {
    body: { id: uuidFrom(JSON.stringify([texts, images])), ...body },
    inputTokens,
    units: images > 0 ? { images } : null,
  };
}

function uuidFrom(seed: string): string {
  const random = seededRandom(sha256(seed));
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}
