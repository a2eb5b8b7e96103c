import type { CachePoint, ContentBlock, ConverseRequest, Tool, ToolResultContent } from '../wire/converse-request.js';
import type { MessagesBlock, MessagesRequest } from './messages-request.js';

/** Fields of a native body that Converse passes on as they are. */
const NATIVE_FIELDS = new Set(['thinking', 'top_k', 'anthropic_beta', 'metadata', 'output_config']);

/** A native Claude body in the shape of Converse, so that one set of rules and answers serves both. */
export function toConverseRequest(body: MessagesRequest): ConverseRequest {
  const tools = (body.tools ?? []).flatMap(toTools);
  const choice = body.tool_choice;
  const { format, ...outputConfig } = body.output_config ?? {};
  const given = Object.entries({ ...body, output_config: outputConfig });
  const fields = given.filter(([name, value]) => NATIVE_FIELDS.has(name) && !isEmpty(value));
  return {
    messages: body.messages.map(({ role, content }, index) => ({ role, content: blocksOf(content, index) })),
    ...(body.system === undefined ? {} : { system: blocksOf(body.system, -1) }),
    inferenceConfig: {
      maxTokens: body.max_tokens,
      ...(body.temperature === undefined ? {} : { temperature: body.temperature }),
      ...(body.top_p === undefined ? {} : { topP: body.top_p }),
      ...(body.stop_sequences?.length ? { stopSequences: body.stop_sequences } : {}),
    },
    ...(tools.length === 0 ? {} : { toolConfig: { tools, ...toToolChoice(choice) } }),
    ...(fields.length === 0 ? {} : { additionalModelRequestFields: Object.fromEntries(fields) }),
    ...(format
      ? {
          outputConfig: {
            textFormat: {
              type: 'json_schema' as const,
              structure: { jsonSchema: { schema: JSON.stringify(format.schema) } },
            },
          },
        }
      : {}),
    // The native answer always names the stop sequence.
    additionalModelResponseFieldPaths: ['/stop_sequence'],
  };
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

function toTools(tool: NonNullable<MessagesRequest['tools']>[number]): Tool[] {
  const { name, description, input_schema: json = { type: 'object' }, strict } = tool;
  const toolSpec = {
    name,
    inputSchema: { json },
    ...(description ? { description } : {}),
    ...(strict === undefined ? {} : { strict }),
  };
  return [{ toolSpec }, ...cachePointOf(tool)];
}

function toToolChoice(
  choice: MessagesRequest['tool_choice'],
): Pick<NonNullable<ConverseRequest['toolConfig']>, 'toolChoice'> {
  if (choice?.type === 'any') return { toolChoice: { any: {} } };
  return choice?.type === 'tool' ? { toolChoice: { tool: { name: choice.name ?? '' } } } : {};
}

function blocksOf(content: string | readonly MessagesBlock[], messageIndex: number): ContentBlock[] {
  if (typeof content === 'string') return [{ text: content }];
  return content.flatMap((block, index) => [toBlock(block, `${messageIndex}-${index}`), ...cachePointOf(block)]);
}

/** Native documents need no name, those of Converse do: `place` tells them apart. */
function toBlock(block: MessagesBlock, place: string): ContentBlock {
  switch (block.type) {
    case 'text':
      return { text: block.text ?? '' };
    case 'image':
      return { image: { format: toFormat(block), source: { bytes: block.source?.data ?? '' } } };
    case 'document':
      return { document: { name: `document ${place}`, source: { bytes: block.source?.data ?? '' } } };
    case 'tool_use':
      return { toolUse: { toolUseId: block.id ?? '', name: block.name ?? '', input: block.input } };
    case 'tool_result':
      return {
        toolResult: {
          toolUseId: block.tool_use_id ?? '',
          content: toResultContent(block.content),
          ...(block.is_error ? { status: 'error' as const } : {}),
        },
      };
    case 'thinking':
      return {
        reasoningContent: {
          reasoningText: {
            text: block.thinking ?? '',
            ...(block.signature === undefined ? {} : { signature: block.signature }),
          },
        },
      };
    default:
      return { reasoningContent: { redactedContent: block.data ?? '' } };
  }
}

function toResultContent(content: MessagesBlock['content']): ToolResultContent[] {
  if (content === undefined) return [];
  if (typeof content === 'string') return [{ text: content }];
  return content.map((part) => ({ text: part.text ?? JSON.stringify(part) }));
}

function toFormat(block: MessagesBlock): 'png' | 'jpeg' | 'gif' | 'webp' {
  const format = block.source?.media_type?.split('/')[1];
  return format === 'jpeg' || format === 'gif' || format === 'webp' ? format : 'png';
}

function cachePointOf({ cache_control: control }: Pick<MessagesBlock, 'cache_control'>): { cachePoint: CachePoint }[] {
  return control ? [{ cachePoint: { type: 'default', ...(control.ttl ? { ttl: control.ttl } : {}) } }] : [];
}
