import { z } from 'zod';
import { validationError } from '../errors/bedrock-error.js';
import { countTokens } from '../replies/tokens.js';
import type { NativeFormat } from './invoke-answer.js';
import { malformed, readNative } from './native-body.js';
import { signs } from './quantize.js';
import { mediaVector, mixVectors, scale, textVector } from './vectors.js';

const MAX_TOKENS = 8192;
const MAX_IMAGE_TEXT_TOKENS = 128;
/** Titan's first embeddings are not of length 1. */
const FIRST_VERSION_LENGTH = 18.5;
const FIRST_VERSION_DIMENSIONS = 1536;

const firstBody = z.strictObject({ inputText: z.string().min(1).max(50_000) });
const secondBody = z.strictObject({
  inputText: z.string().min(1).max(50_000),
  dimensions: z.union([z.literal(1024), z.literal(512), z.literal(256)]).default(1024),
  normalize: z.boolean().default(true),
  embeddingTypes: z
    .array(z.enum(['float', 'binary']))
    .min(1)
    .default(['float']),
});
const imageBody = z.strictObject({
  inputText: z.string().min(1).optional(),
  inputImage: z.string().min(1).optional(),
  embeddingConfig: z
    .strictObject({
      outputEmbeddingLength: z.union([z.literal(1024), z.literal(384), z.literal(256)]).default(1024),
    })
    .default({ outputEmbeddingLength: 1024 }),
});

export const titanEmbedFirst: NativeFormat = {
  serves: /^amazon\.titan-embed-text-v1$/,
  answer(body) {
    const { inputText } = readNative(firstBody, body);
    const inputTextTokenCount = boundedTokens(inputText, MAX_TOKENS);
    const embedding = scale(textVector(inputText, FIRST_VERSION_DIMENSIONS), FIRST_VERSION_LENGTH);
    return { body: { embedding, inputTextTokenCount }, inputTokens: inputTextTokenCount, units: null };
  },
};

export const titanEmbedSecond: NativeFormat = {
  serves: /^amazon\.titan-embed-text-v2:0$/,
  answer(body) {
    const { inputText, dimensions, normalize, embeddingTypes } = readNative(secondBody, body);
    const inputTextTokenCount = boundedTokens(inputText, MAX_TOKENS);
    const vector = textVector(inputText, dimensions);
    const embedding = normalize ? vector : scale(vector, FIRST_VERSION_LENGTH);
    const byType = {
      ...(embeddingTypes.includes('binary') ? { binary: signs(embedding) } : {}),
      ...(embeddingTypes.includes('float') ? { float: embedding } : {}),
    };
    return {
      body: {
        ...(embeddingTypes.includes('float') ? { embedding } : {}),
        embeddingsByType: byType,
        inputTextTokenCount,
      },
      inputTokens: inputTextTokenCount,
      units: null,
    };
  },
};

export const titanEmbedImage: NativeFormat = {
  serves: /^amazon\.titan-embed-image-v1$/,
  answer(body) {
    const { inputText, inputImage, embeddingConfig } = readNative(imageBody, body);
    if (inputText === undefined && inputImage === undefined) {
      throw malformed('#: required key [inputText] or [inputImage] not found');
    }
    const dimensions = embeddingConfig.outputEmbeddingLength;
    const inputTextTokenCount = boundedTokens(inputText ?? '', MAX_IMAGE_TEXT_TOKENS);
    const embedding = mixVectors([
      ...(inputText === undefined ? [] : [textVector(inputText, dimensions)]),
      ...(inputImage === undefined ? [] : [mediaVector(inputImage, dimensions)]),
    ]);
    return {
      body: { embedding, inputTextTokenCount, message: null },
      inputTokens: inputTextTokenCount,
      units: inputImage === undefined ? null : { images: 1 },
    };
  },
};

function boundedTokens(text: string, limit: number): number {
  const tokens = countTokens(text);
  if (tokens <= limit) return tokens;
  throw validationError(
    `400 Bad Request: Too many input tokens. Max input tokens: ${limit}, request input token count: ${tokens} `,
  );
}
