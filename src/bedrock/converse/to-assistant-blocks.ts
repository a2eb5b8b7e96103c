import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { unsupportedParameter } from '../../common/errors/gateway-error.js';
import type { CacheControl } from '../../openai/chat-content.schema.js';
import type { AssistantMessage, FunctionMessage, ToolMessage } from '../../openai/chat-message.schema.js';
import type { DocumentNames } from './document-names.js';
import type { Mapping } from './mapping.js';
import { cacheControlOf, closeWithCachePoint } from './to-cache-point.js';
import { toContentBlocks, toTextBlocks } from './to-content-blocks.js';
import { spokenContent, toReasoningBlocks } from './to-reasoning-blocks.js';
import { toServerToolBlocks } from './to-server-tool-blocks.js';
import { toToolInput } from './tool-arguments.js';
import type { NativeFields } from './mapping.js';

/** A call of an earlier answer. */
export interface EarlierCall {
  id: string;
  name: string;
  input: NativeFields;
  /** Where the id stands, for errors. */
  param: string;
  cacheControl?: CacheControl | undefined;
}

/** Id of a legacy `function_call`, which has none. */
const LEGACY_CALL_ID = 'function_call';

/** The calls of an assistant message, in whichever words: OpenAI's, those of the time before tools, or Anthropic's. */
export function toEarlierCalls(message: AssistantMessage, param: string): EarlierCall[] {
  const calls = (message.tool_calls ?? []).map((call, index): EarlierCall => {
    const field = `${param}.tool_calls[${index}]`;
    const { id } = call;
    return call.type === 'custom'
      ? { id, param: `${field}.id`, name: call.custom.name, input: { input: call.custom.input } }
      : {
          id,
          param: `${field}.id`,
          name: call.function.name,
          input: toToolInput(call.function.arguments, `${field}.function.arguments`),
          cacheControl: call.cache_control ?? undefined,
        };
  });
  return [...calls, ...toCallsAmongParts(message, param), ...toLegacyCall(message, param)];
}

/** A call that a client sends in both words is one call. */
function toCallsAmongParts({ content, tool_calls: calls }: AssistantMessage, param: string): EarlierCall[] {
  const known = new Set(calls?.map((call) => call.id));
  return (Array.isArray(content) ? content : []).flatMap((part, index): EarlierCall[] => {
    if (part.type !== 'tool_use' || known.has(part.id)) return [];
    const field = `${param}.content[${index}]`;
    const { id, name } = part;
    const input = toToolInput(part.input, `${field}.input`);
    return [{ id, param: `${field}.id`, name, input, cacheControl: cacheControlOf(part) }];
  });
}

function toLegacyCall({ function_call: call }: AssistantMessage, param: string): EarlierCall[] {
  if (call == null) return [];
  const field = `${param}.function_call`;
  const input = toToolInput(call.arguments, `${field}.arguments`);
  return [{ id: LEGACY_CALL_ID, param: field, name: call.name, input }];
}

/** What a tool or function message answers. */
export function answeredCall(message: ToolMessage | FunctionMessage, param: string): { id: string; param: string } {
  const { tool_call_id: id } = message;
  return id == null ? { id: LEGACY_CALL_ID, param: `${param}.name` } : { id, param: `${param}.tool_call_id` };
}

/** Reasoning, what Bedrock's own tools did, text, calls, then the cache point: the order in which the model gave them. */
export function toAssistantBlocks(
  message: AssistantMessage,
  callBlocks: readonly ContentBlock[],
  param: string,
  names: DocumentNames,
  mapping: Mapping,
): ContentBlock[] {
  if (message.audio != null && message.content == null) {
    throw unsupportedParameter(`${param}.audio`, 'Earlier audio answers are not kept; send their text.');
  }
  const said = [
    ...toServerToolBlocks(message, mapping),
    ...toContentBlocks(spokenContent(message), `${param}.content`, names, mapping),
    ...toTextBlocks(message.refusal),
    ...callBlocks,
  ];
  if (said.length === 0) {
    return [];
  }
  const blocks = [...toReasoningBlocks(message, mapping), ...said];
  closeWithCachePoint(blocks, message.cache_control ?? undefined, mapping);
  return blocks;
}
