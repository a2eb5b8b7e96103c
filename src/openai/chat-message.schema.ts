import { z } from 'zod';
import {
  assistantContentSchema,
  cacheControlSchema,
  searchResultSchema,
  systemContentSchema,
  toolContentSchema,
  userContentSchema,
} from './chat-content.schema.js';

const common = { name: z.string().nullish(), cache_control: cacheControlSchema.nullish() };

/** Arguments are JSON text; some clients send the object itself. */
const argumentsSchema = z.union([z.string(), z.record(z.string(), z.unknown())]).nullish();

const functionCall = z.looseObject({ name: z.string().min(1), arguments: argumentsSchema });

const functionToolCall = z.looseObject({
  id: z.string().min(1),
  type: z.literal('function').nullish(),
  function: functionCall,
  cache_control: cacheControlSchema.nullish(),
});

const customToolCall = z.looseObject({
  id: z.string().min(1),
  type: z.literal('custom'),
  custom: z.looseObject({ name: z.string().min(1), input: z.string() }),
});

/**
 * Extension: the reasoning of an earlier answer, sent back as it came. `text` and its `signature` belong together byte
 * by byte; `data` is base64.
 */
const reasoningDetail = z.union([
  z.looseObject({ type: z.literal('reasoning.text'), text: z.string(), signature: z.string().nullish() }),
  z.looseObject({ type: z.literal('reasoning.encrypted'), data: z.string() }),
]);

/** Extension: the same in Anthropic's words, as other gateways pass it on. */
const thinkingBlock = z.union([
  z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().nullish() }),
  z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() }),
]);

/** Extension: what a tool inside Bedrock was asked and said in an earlier answer, sent back as it came. */
const serverToolCall = z.looseObject({
  id: z.string().regex(/^[a-zA-Z0-9_.:-]{1,64}$/),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  input: z.record(z.string(), z.unknown()),
  result: z
    .looseObject({
      type: z.string().nullish(),
      status: z.enum(['success', 'error']).nullish(),
      content: z.array(z.union([z.strictObject({ text: z.string() }), z.strictObject({ json: z.unknown() })])),
    })
    .nullish(),
});

const system = z.looseObject({ role: z.literal('system'), content: systemContentSchema, ...common });
const developer = z.looseObject({ role: z.literal('developer'), content: systemContentSchema, ...common });
const user = z.looseObject({ role: z.literal('user'), content: userContentSchema, ...common });
const assistant = z.looseObject({
  role: z.literal('assistant'),
  content: assistantContentSchema.nullish(),
  refusal: z.string().nullish(),
  audio: z.looseObject({ id: z.string() }).nullish(),
  tool_calls: z.array(z.union([functionToolCall, customToolCall])).nullish(),
  function_call: functionCall.nullish(),
  reasoning_content: z.string().nullish(),
  reasoning_details: z.array(reasoningDetail).nullish(),
  thinking_blocks: z.array(thinkingBlock).nullish(),
  server_tool_calls: z.array(serverToolCall).nullish(),
  ...common,
});
const tool = z.looseObject({
  role: z.literal('tool'),
  content: toolContentSchema.nullish(),
  tool_call_id: z.string().min(1),
  /** Extension: what a search found, in place of the text of it that `content` holds. */
  search_results: z.array(searchResultSchema).nullish(),
  /** Extension: the tool failed. */
  is_error: z.boolean().nullish(),
  ...common,
});
const functionResult = z.looseObject({
  role: z.literal('function'),
  content: toolContentSchema.nullish(),
  /** Some clients name the call as a tool message does. */
  tool_call_id: z.string().min(1).nullish(),
  ...common,
  name: z.string().min(1),
});

export const chatMessageSchema = z.discriminatedUnion('role', [
  system,
  developer,
  user,
  assistant,
  tool,
  functionResult,
]);

export type ChatMessage = z.infer<typeof chatMessageSchema>;
export type SystemMessage = z.infer<typeof system> | z.infer<typeof developer>;
export type UserMessage = z.infer<typeof user>;
export type AssistantMessage = z.infer<typeof assistant>;
export type ToolMessage = z.infer<typeof tool>;
export type FunctionMessage = z.infer<typeof functionResult>;
