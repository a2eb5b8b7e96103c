import { z } from 'zod';
import { countTokens } from '../replies/tokens.js';
import type { NativeFormat } from './invoke-answer.js';
import { malformed, readNative } from './native-body.js';
import { mediaVector, textVector } from './vectors.js';

const MAX_CHARACTERS = 8192;
const MEDIA_TOKENS = 1000;

const mediaSource = z.looseObject({
  bytes: z.string().min(1).optional(),
  s3Location: z.looseObject({ uri: z.string() }).optional(),
});
const media = z.looseObject({ format: z.string(), source: mediaSource });

const body = z.strictObject({
  schemaVersion: z.literal('nova-multimodal-embed-v1').optional(),
  taskType: z.literal('SINGLE_EMBEDDING'),
  singleEmbeddingParams: z.strictObject({
    embeddingPurpose: z.enum([
      'GENERIC_INDEX',
      'GENERIC_RETRIEVAL',
      'TEXT_RETRIEVAL',
      'IMAGE_RETRIEVAL',
      'VIDEO_RETRIEVAL',
      'DOCUMENT_RETRIEVAL',
      'AUDIO_RETRIEVAL',
      'CLASSIFICATION',
      'CLUSTERING',
    ]),
    embeddingDimension: z.union([z.literal(256), z.literal(384), z.literal(1024), z.literal(3072)]).default(3072),
    text: z
      .looseObject({ truncationMode: z.enum(['START', 'END', 'NONE']), value: z.string().min(1).optional() })
      .optional(),
    image: media.optional(),
    audio: media.optional(),
    video: media.optional(),
  }),
});

export const novaEmbed: NativeFormat = {
  serves: /^amazon\.nova-2-multimodal-embeddings-v1:0$/,
  answer(native) {
    const { singleEmbeddingParams: params } = readNative(body, native);
    const { text, image, audio, video, embeddingDimension: dimensions } = params;
    const kinds = Object.entries({ TEXT: text, IMAGE: image, AUDIO: audio, VIDEO: video }).filter(([, value]) => value);
    const [only] = kinds;
    if (!only || kinds.length > 1)
      throw malformed('#/singleEmbeddingParams: exactly one of text, image, audio, video is required');
    if (!text) {
      const source = (image ?? audio ?? video)?.source;
      const embedding = mediaVector(source?.bytes ?? source?.s3Location?.uri ?? '', dimensions);
      return {
        body: { embeddings: [{ embeddingType: only[0], embedding }] },
        inputTokens: MEDIA_TOKENS,
        units: { [`${only[0].toLowerCase()}s`]: 1 },
      };
    }
    const { kept, truncatedCharLength } = truncate(text.value ?? '', text.truncationMode);
    const embedding = textVector(kept, dimensions);
    return {
      body: {
        embeddings: [
          { embeddingType: 'TEXT', embedding, ...(truncatedCharLength === undefined ? {} : { truncatedCharLength }) },
        ],
      },
      inputTokens: countTokens(kept),
      units: null,
    };
  },
};

function truncate(value: string, mode: 'START' | 'END' | 'NONE'): { kept: string; truncatedCharLength?: number } {
  if (value.length <= MAX_CHARACTERS) return { kept: value };
  if (mode === 'NONE') {
    throw malformed(
      `#/singleEmbeddingParams/text/value: expected maxLength: ${MAX_CHARACTERS}, actual: ${value.length}`,
    );
  }
  const kept = mode === 'END' ? value.slice(0, MAX_CHARACTERS) : value.slice(-MAX_CHARACTERS);
  return { kept, truncatedCharLength: MAX_CHARACTERS };
}
