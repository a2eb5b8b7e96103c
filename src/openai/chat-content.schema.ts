import { z } from 'zod';

/** Extension: ends a cached prefix after what it is attached to, as Anthropic's API spells it. */
export const cacheControlSchema = z.looseObject({
  type: z.literal('ephemeral'),
  ttl: z.enum(['5m', '1h']).nullish(),
});

/** What every content part may carry beside its content. */
const cacheable = {
  cache_control: cacheControlSchema.nullish(),
  prompt_cache_breakpoint: z.looseObject({ mode: z.literal('explicit') }).nullish(),
};

const textPart = z.looseObject({ type: z.literal('text'), text: z.string(), ...cacheable });
const refusalPart = z.looseObject({ type: z.literal('refusal'), refusal: z.string() });

/** Extension: the AWS account of a bucket, for a file that is named by `s3://bucket/key`. */
const bucketOwner = z
  .string()
  .regex(/^\d{12}$/, 'must be an AWS account id')
  .nullish();

/** `image_url` as a bare string is not OpenAI's, but older clients send it. */
const imagePart = z.looseObject({
  type: z.literal('image_url'),
  image_url: z.union([
    z.string().min(1),
    z.looseObject({
      url: z.string().min(1),
      detail: z.string().nullish(),
      format: z.string().nullish(),
      bucket_owner: bucketOwner,
    }),
  ]),
  ...cacheable,
});

const filePart = z.looseObject({
  type: z.literal('file'),
  file: z.looseObject({
    filename: z.string().nullish(),
    file_data: z.string().nullish(),
    file_id: z.string().nullish(),
    format: z.string().nullish(),
    bucket_owner: bucketOwner,
  }),
  /** Extension: the answer cites the document. */
  citations: z.looseObject({ enabled: z.boolean() }).nullish(),
  ...cacheable,
});

const audioPart = z.looseObject({
  type: z.literal('input_audio'),
  input_audio: z.looseObject({ data: z.string().min(1), format: z.string().min(1) }),
  ...cacheable,
});

/** Extension: a video, as other gateways spell it. */
const videoPart = z.looseObject({
  type: z.literal('video_url'),
  video_url: z.union([
    z.string().min(1),
    z.looseObject({ url: z.string().min(1), format: z.string().nullish(), bucket_owner: bucketOwner }),
  ]),
  ...cacheable,
});

/** Extension: the only text of a message that a guardrail evaluates. */
const guardedTextPart = z.looseObject({
  type: z.literal('guarded_text'),
  text: z.string(),
  qualifiers: z.array(z.enum(['grounding_source', 'query', 'guard_content'])).nullish(),
  ...cacheable,
});

/** Extension: something that a search found, as Anthropic's API spells it; the answer cites it. */
export const searchResultSchema = z.looseObject({
  source: z.string().min(1),
  title: z.string().min(1),
  content: z.union([z.string(), z.array(z.looseObject({ text: z.string() }))]),
  citations: z.looseObject({ enabled: z.boolean() }).nullish(),
});
const searchResultPart = searchResultSchema.extend({ type: z.literal('search_result'), ...cacheable });

/** Extension: text that a guardrail grounds an answer on, or the question; the model reads both as text. */
const groundingPart = z.looseObject({
  type: z.enum(['grounding_source', 'query']),
  text: z.string(),
  ...cacheable,
});

export const systemContentSchema = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [textPart, guardedTextPart])),
]);

export const userContentSchema = z.union([
  z.string(),
  z.array(
    z.discriminatedUnion('type', [
      textPart,
      imagePart,
      filePart,
      audioPart,
      videoPart,
      searchResultPart,
      groundingPart,
      guardedTextPart,
      refusalPart,
    ]),
  ),
]);

/** Extension: earlier thoughts among the parts of an answer, as Anthropic's API and some gateways spell them. */
const thinkingPart = z.looseObject({
  type: z.literal('thinking'),
  thinking: z.string().nullish(),
  text: z.string().nullish(),
  signature: z.string().nullish(),
});
const redactedThinkingPart = z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() });

export const assistantContentSchema = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [textPart, refusalPart, guardedTextPart, thinkingPart, redactedThinkingPart])),
]);

/** OpenAI takes only text in tool messages; Converse also takes media, and agents send it. */
export const toolContentSchema = z.union([
  z.string(),
  z.array(
    z.discriminatedUnion('type', [
      textPart,
      imagePart,
      filePart,
      videoPart,
      searchResultPart,
      guardedTextPart,
      refusalPart,
    ]),
  ),
]);

export type CacheControl = z.infer<typeof cacheControlSchema>;
export type UserPart = Exclude<z.infer<typeof userContentSchema>, string>[number];
export type AssistantPart = Exclude<z.infer<typeof assistantContentSchema>, string>[number];
export type GuardedTextPart = z.infer<typeof guardedTextPart>;
export type SearchResult = z.infer<typeof searchResultSchema>;
export type ImagePart = z.infer<typeof imagePart>;
export type FilePart = z.infer<typeof filePart>;
export type AudioPart = z.infer<typeof audioPart>;
export type VideoPart = z.infer<typeof videoPart>;
