import { z } from 'zod';
import { countTokens } from '../replies/tokens.js';
import type { InvokeAnswer, NativeFormat } from './invoke-answer.js';
import { malformed, readNative } from './native-body.js';
import { mediaVector, mixVectors, textVector } from './vectors.js';

const SECOND_VERSION_DIMENSIONS = 1024;
const SECOND_VERSION_TOKENS = 77;
const THIRD_VERSION_DIMENSIONS = 512;
const THIRD_VERSION_TOKENS = 500;

const mediaSource = z.looseObject({
  base64String: z.string().min(1).optional(),
  s3Location: z.looseObject({ uri: z.string() }).optional(),
});

const secondBody = z.strictObject({
  inputType: z.enum(['text', 'image', 'video', 'audio']),
  inputText: z.string().min(1).optional(),
  textTruncate: z.enum(['end', 'none']).optional(),
  mediaSource: mediaSource.optional(),
});

const part = z.looseObject({
  inputText: z.string().min(1).optional(),
  mediaSource: mediaSource.optional(),
  mediaSources: z.array(z.looseObject({ mediaSource: mediaSource.optional() })).optional(),
});
const thirdBody = z.strictObject({
  inferenceId: z.string().optional(),
  inputType: z.enum(['text', 'image', 'text_image', 'multi_input', 'video', 'audio']),
  text: part.optional(),
  image: part.optional(),
  text_image: part.optional(),
  multi_input: part.optional(),
});

export const marengoSecond: NativeFormat = {
  serves: /^twelvelabs\.marengo-embed-2-7-v1:0$/,
  answer(native) {
    const { inputType, inputText, mediaSource: source, textTruncate } = readNative(secondBody, native);
    refuseTimedMedia(inputType);
    if (textTruncate === 'none') boundTokens(inputText, SECOND_VERSION_TOKENS);
    const { embedding, answer } = embed(inputText, source ? [source] : [], SECOND_VERSION_DIMENSIONS);
    return { ...answer, body: { data: [{ embedding }] } };
  },
};

export const marengoThird: NativeFormat = {
  serves: /^twelvelabs\.marengo-embed-3-0-v1:0$/,
  answer(native) {
    const request = readNative(thirdBody, native);
    refuseTimedMedia(request.inputType);
    const given = request[request.inputType as 'text'];
    if (!given) throw malformed(`#: required key [${request.inputType}] not found`);
    boundTokens(given.inputText, THIRD_VERSION_TOKENS);
    const sources = [given.mediaSource, ...(given.mediaSources ?? []).map((entry) => entry.mediaSource)];
    const { embedding, answer } = embed(
      given.inputText,
      sources.filter((source) => source !== undefined),
      THIRD_VERSION_DIMENSIONS,
    );
    return { ...answer, body: { data: { embedding } } };
  },
};

function embed(
  text: string | undefined,
  sources: readonly z.infer<typeof mediaSource>[],
  dimensions: number,
): { embedding: number[]; answer: Omit<InvokeAnswer, 'body'> } {
  const vectors = [
    ...(text === undefined ? [] : [textVector(text, dimensions)]),
    ...sources.map((source) => mediaVector(source.base64String ?? source.s3Location?.uri ?? '', dimensions)),
  ];
  if (vectors.length === 0) throw malformed('#: required key [inputText] or [mediaSource] not found');
  return {
    embedding: mixVectors(vectors),
    answer: {
      inputTokens: countTokens(text ?? ''),
      units: sources.length > 0 ? { images: sources.length } : { requests: 1 },
    },
  };
}

/** Sound and film take StartAsyncInvoke, which the sandbox does not have. */
function refuseTimedMedia(inputType: string): void {
  if (inputType === 'video' || inputType === 'audio') {
    throw malformed(`#/inputType: "${inputType}" is not a valid enum value`);
  }
}

function boundTokens(text: string | undefined, limit: number): void {
  const tokens = countTokens(text ?? '');
  if (tokens > limit) throw malformed(`#: the text has ${tokens} tokens, the limit is ${limit}`);
}
