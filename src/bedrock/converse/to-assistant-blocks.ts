import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import { unsupportedParameter } from '../../common/errors/gateway-error.js';
import type { CacheControl } from '../../openai/chat-content.schema.js';
import type { AssistantMessage } from '../../openai/chat-message.schema.js';
import type { DocumentNames } from './document-names.js';
import type { Mapping } from './mapping.js';
import { closeWithCachePoint } from './to-cache-point.js';
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
  cacheControl?: CacheControl | undefined;
}

/** Id of a legacy `function_call`, which has none. */
const LEGACY_CALL_ID = 'function_call';

/** The calls of an assistant message, legacy ones included. */
export function toEarlierCalls(message: AssistantMessage, param: string): EarlierCall[] {
  const calls = (message.tool_calls ?? []).map((call, index): EarlierCall => {
    const field = `${param}.tool_calls[${index}]`;
    return call.type === 'custom'
      ? { id: call.id, name: call.custom.name, input: { input: call.custom.input } }
      : {
          id: call.id,
          name: call.function.name,
          input: toToolInput(call.function.arguments, `${field}.function.arguments`),
          cacheControl: call.cache_control ?? undefined,
        };
  });
  const legacy = message.function_call;
  return legacy == null
    ? calls
    : [
        ...calls,
        {
          id: LEGACY_CALL_ID,
          name: legacy.name,
          input: toToolInput(legacy.arguments, `${param}.function_call.arguments`),
        },
      ];
}

/** The id under which a tool or function message answers. */
export function answeredId(message: { role: string; tool_call_id?: unknown }): string {
  return message.role === 'function' ? LEGACY_CALL_ID : String(message.tool_call_id);
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
