import { z } from 'zod';

/** JSON documents that Bedrock hands to the model as they are. */
const document = z.unknown();
const toolName = z
  .string()
  .regex(/^[a-zA-Z0-9_-]+$/)
  .min(1)
  .max(64);
const toolUseId = z
  .string()
  .regex(/^[a-zA-Z0-9_.:-]+$/)
  .min(1)
  .max(64);
const metadataText = /^[a-zA-Z0-9\s:_@$#=/+,\-.]*$/;

const source = z.looseObject({
  bytes: z.string().min(1).optional(),
  s3Location: z.looseObject({ uri: z.string().min(1).max(1024) }).optional(),
  text: z.string().optional(),
  content: z.array(z.looseObject({ text: z.string() })).optional(),
});
const image = z.looseObject({ format: z.enum(['png', 'jpeg', 'gif', 'webp']), source });
const documentBlock = z.looseObject({
  format: z.enum(['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md']).optional(),
  name: z.string().min(1).max(200),
  source,
  context: z.string().optional(),
  citations: z.looseObject({ enabled: z.boolean() }).optional(),
});
/** The service does not enforce the formats that its API model lists. */
const video = z.looseObject({ format: z.string(), source });
const audio = z.looseObject({ format: z.string(), source });
const cachePoint = z.looseObject({ type: z.enum(['default']), ttl: z.enum(['5m', '1h']).optional() });

const toolResultContent = z.looseObject({
  text: z.string().optional(),
  json: document.optional(),
  image: image.optional(),
  document: documentBlock.optional(),
  video: video.optional(),
  searchResult: document.optional(),
});

const contentBlock = z.looseObject({
  text: z.string().optional(),
  image: image.optional(),
  document: documentBlock.optional(),
  video: video.optional(),
  audio: audio.optional(),
  toolUse: z.looseObject({ toolUseId, name: toolName, input: document }).optional(),
  toolResult: z
    .looseObject({
      toolUseId,
      content: z.array(toolResultContent),
      status: z.enum(['success', 'error']).optional(),
    })
    .optional(),
  guardContent: document.optional(),
  cachePoint: cachePoint.optional(),
  reasoningContent: z
    .looseObject({
      reasoningText: z.looseObject({ text: z.string(), signature: z.string().optional() }).optional(),
      redactedContent: z.string().optional(),
    })
    .optional(),
  citationsContent: document.optional(),
  searchResult: document.optional(),
  toolAddition: document.optional(),
  toolRemoval: document.optional(),
});

const systemBlock = z.looseObject({
  text: z.string().min(1).optional(),
  guardContent: document.optional(),
  cachePoint: cachePoint.optional(),
});

const tool = z.looseObject({
  toolSpec: z
    .looseObject({
      name: toolName,
      description: z.string().min(1).optional(),
      inputSchema: z.looseObject({ json: document }),
      strict: z.boolean().optional(),
    })
    .optional(),
  systemTool: z.looseObject({ name: toolName }).optional(),
  cachePoint: cachePoint.optional(),
});

const toolChoice = z.looseObject({
  auto: z.looseObject({}).optional(),
  any: z.looseObject({}).optional(),
  tool: z.looseObject({ name: toolName }).optional(),
});

/** The body of Converse and ConverseStream. Its bounds are those of the service's API model. */
export const converseRequestSchema = z.looseObject({
  messages: z
    .array(z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content: z.array(contentBlock) }))
    .optional(),
  system: z.array(systemBlock).optional(),
  inferenceConfig: z
    .looseObject({
      maxTokens: z.int().min(1).optional(),
      temperature: z.number().min(0).max(1).optional(),
      topP: z.number().min(0).max(1).optional(),
      stopSequences: z.array(z.string().min(1)).max(2500).optional(),
    })
    .optional(),
  toolConfig: z.looseObject({ tools: z.array(tool).min(1), toolChoice: toolChoice.optional() }).optional(),
  guardrailConfig: z
    .looseObject({
      guardrailIdentifier: z.string().optional(),
      guardrailVersion: z.string().optional(),
      trace: z.enum(['enabled', 'disabled', 'enabled_full']).optional(),
    })
    .optional(),
  additionalModelRequestFields: z.record(z.string(), document).optional(),
  additionalModelResponseFieldPaths: z.array(z.string().min(1).max(256)).max(10).optional(),
  requestMetadata: z.record(z.string(), z.string().regex(metadataText).max(256)).optional(),
  performanceConfig: z.looseObject({ latency: z.enum(['standard', 'optimized']).optional() }).optional(),
  serviceTier: z.looseObject({ type: z.enum(['priority', 'default', 'flex', 'reserved']) }).optional(),
  outputConfig: z
    .looseObject({
      textFormat: z
        .looseObject({
          type: z.enum(['json_schema']),
          structure: z.looseObject({
            jsonSchema: z.looseObject({ schema: z.string().min(1), name: z.string().optional() }).optional(),
          }),
        })
        .optional(),
      effort: z.string().max(16).optional(),
    })
    .optional(),
});

export type ConverseRequest = z.infer<typeof converseRequestSchema>;
export type Message = NonNullable<ConverseRequest['messages']>[number];
export type ContentBlock = Message['content'][number];
export type ToolResultContent = z.infer<typeof toolResultContent>;
export type CachePoint = z.infer<typeof cachePoint>;
export type Tool = z.infer<typeof tool>;

/** The union members of each kind of block; a block sets exactly one. */
export const BLOCK_MEMBERS = Object.keys(contentBlock.shape);
export const SYSTEM_BLOCK_MEMBERS = Object.keys(systemBlock.shape);
export const TOOL_MEMBERS = Object.keys(tool.shape);
export const TOOL_CHOICE_MEMBERS = Object.keys(toolChoice.shape);
