import type { ContentBlock, ToolResultContentBlock } from '@aws-sdk/client-bedrock-runtime';
import type { AssistantMessage } from '../../openai/chat-message.schema.js';
import type { Mapping } from './mapping.js';
import { wellFormedJson } from './well-formed.js';

type ServerToolCall = NonNullable<AssistantMessage['server_tool_calls']>[number];

/** What tools inside Bedrock did in an earlier answer; other models would take it for calls of the client's tools. */
export function toServerToolBlocks({ server_tool_calls: calls }: AssistantMessage, mapping: Mapping): ContentBlock[] {
  if (!calls?.length) {
    return [];
  }
  if (mapping.systemTools.length === 0) {
    mapping.adapt('messages');
    return [];
  }
  return calls.flatMap((call) => toBlocks(call));
}

function toBlocks({ id, name, input, result }: ServerToolCall): ContentBlock[] {
  const asked = { toolUse: { toolUseId: id, name, input: toJson(input) as never, type: 'server_tool_use' as const } };
  if (result == null) {
    return [asked];
  }
  const { type, status, content } = result;
  return [
    asked,
    {
      toolResult: {
        toolUseId: id,
        content: toJson(content) as ToolResultContentBlock[],
        ...(status ? { status } : {}),
        ...(type ? { type } : {}),
      },
    },
  ];
}

function toJson(value: unknown): unknown {
  return wellFormedJson(value, 'messages');
}
