import type { ContentBlock, ToolResultContentBlock } from '@aws-sdk/client-bedrock-runtime';
import type { AssistantMessage } from '../../openai/chat-message.schema.js';
import type { Mapping } from './mapping.js';
import { wellFormed, wellFormedJson } from './well-formed.js';

type ServerToolCall = NonNullable<AssistantMessage['server_tool_calls']>[number];
type ServerToolContent = NonNullable<ServerToolCall['result']>['content'][number];

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
        content: content.map(toResultContent),
        ...(status ? { status } : {}),
        ...(type ? { type } : {}),
      },
    },
  ];
}

/** Member by member: Converse also takes files here, by their place in S3, which only `requireAllowedLocation` may let in. */
function toResultContent(item: ServerToolContent): ToolResultContentBlock {
  return 'text' in item ? { text: wellFormed(item.text) } : { json: toJson(item.json) as never };
}

function toJson(value: unknown): unknown {
  return wellFormedJson(value, 'messages');
}
