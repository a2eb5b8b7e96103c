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

const base64Source = z.looseObject({ type: z.literal('base64'), media_type: z.string().nullish(), data: z.string() });
const urlSource = z.looseObject({ type: z.literal('url'), url: z.string().min(1) });
const textSource = z.looseObject({ type: z.literal('text'), media_type: z.string().nullish(), data: z.string() });

/** Extension: an image in Anthropic's words. */
const sourceImagePart = z.looseObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [base64Source, urlSource]),
  ...cacheable,
});

/** Extension: a document in Anthropic's words; `context` is for the model and not cited. */
const documentPart = z.looseObject({
  type: z.literal('document'),
  source: z.discriminatedUnion('type', [base64Source, urlSource, textSource]),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: z.looseObject({ enabled: z.boolean() }).nullish(),
  ...cacheable,
});

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

/** OpenAI takes only text in tool messages; Converse also takes media, and agents send it. */
export const toolContentSchema = z.union([
  z.string(),
  z.array(
    z.discriminatedUnion('type', [
      textPart,
      imagePart,
      filePart,
      videoPart,
      sourceImagePart,
      documentPart,
      searchResultPart,
      guardedTextPart,
      refusalPart,
    ]),
  ),
]);

/** Extension: a tool message among the parts of a user message, as Anthropic's API spells it. */
const toolResultPart = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1),
  content: toolContentSchema.nullish(),
  is_error: z.boolean().nullish(),
  ...cacheable,
});

export const userContentSchema = z.union([
  z.string(),
  z.array(
    z.discriminatedUnion('type', [
      textPart,
      imagePart,
      filePart,
      audioPart,
      videoPart,
      sourceImagePart,
      documentPart,
      searchResultPart,
      groundingPart,
      guardedTextPart,
      refusalPart,
      toolResultPart,
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

/** Extension: a tool call among the parts of an answer, as Anthropic's API spells it. */
const toolUsePart = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()).nullish(),
  ...cacheable,
});

export const assistantContentSchema = z.union([
  z.string(),
  z.array(
    z.discriminatedUnion('type', [
      textPart,
      refusalPart,
      guardedTextPart,
      thinkingPart,
      redactedThinkingPart,
      toolUsePart,
    ]),
  ),
]);

export type CacheControl = z.infer<typeof cacheControlSchema>;
export type UserPart = Exclude<z.infer<typeof userContentSchema>, string>[number];
export type AssistantPart = Exclude<z.infer<typeof assistantContentSchema>, string>[number];
export type ToolResultPart = z.infer<typeof toolResultPart>;
export type GuardedTextPart = z.infer<typeof guardedTextPart>;
export type SearchResult = z.infer<typeof searchResultSchema>;
export type SourcePart = z.infer<typeof sourceImagePart> | z.infer<typeof documentPart>;
export type ImagePart = z.infer<typeof imagePart>;
export type FilePart = z.infer<typeof filePart>;
export type AudioPart = z.infer<typeof audioPart>;
export type VideoPart = z.infer<typeof videoPart>;
