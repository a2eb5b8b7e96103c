/**
 * Writes a recorded Converse request back as the OpenAI request that would have led to it, as far as OpenAI's words and
 * the documented extensions reach.
 */

type Json = Record<string, unknown>;
type Block = Record<string, Json | string | undefined>;

interface ConverseRequest {
  messages: { role: string; content: Block[] }[];
  system?: Block[];
  inferenceConfig?: { maxTokens?: number; temperature?: number; topP?: number; stopSequences?: string[] };
  toolConfig?: { tools: Block[]; toolChoice?: Json };
  guardrailConfig?: Json;
  additionalModelRequestFields?: Json;
  requestMetadata?: Json;
  serviceTier?: { type: string };
  performanceConfig?: Json;
  additionalModelResponseFieldPaths?: string[];
  promptVariables?: Json;
  outputConfig?: {
    textFormat?: { structure: { jsonSchema: { name?: string; description?: string; schema: string } } };
  };
}

const DOCUMENT_TYPES: Record<string, string> = {
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/csv',
  html: 'text/html',
  md: 'text/markdown',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

interface Part extends Json {
  type: string;
  cache_control?: Json;
}

function toUrl(type: string, source: Json): string {
  const { bytes, text, s3Location } = source as { bytes?: string; text?: string; s3Location?: { uri: string } };
  return s3Location?.uri ?? `data:${type};base64,${bytes ?? Buffer.from(text ?? '').toString('base64')}`;
}

function toPart(block: Block): Part | undefined {
  if (typeof block['text'] === 'string') return { type: 'text', text: block['text'] };
  const { image, document, video, audio, guardContent } = block as Record<string, Json | undefined>;
  if (image) {
    return {
      type: 'image_url',
      image_url: { url: toUrl(`image/${String(image['format'])}`, image['source'] as Json) },
    };
  }
  if (document) {
    const format = String(document['format']);
    const url = toUrl(DOCUMENT_TYPES[format] ?? 'application/octet-stream', document['source'] as Json);
    const { citations } = document;
    return { type: 'file', file: { filename: `${String(document['name'])}.${format}`, file_data: url }, citations };
  }
  if (video) {
    return {
      type: 'video_url',
      video_url: { url: toUrl(`video/${String(video['format'])}`, video['source'] as Json) },
    };
  }
  if (audio) {
    const { bytes } = audio['source'] as { bytes: string };
    return { type: 'input_audio', input_audio: { data: bytes, format: audio['format'] } };
  }
  if (block['searchResult']) return { type: 'search_result', ...(block['searchResult'] as Json) };
  const guarded = guardContent?.['text'] as Json | undefined;
  return guarded && { type: 'guarded_text', text: guarded['text'], qualifiers: guarded['qualifiers'] };
}

/** A cache point belongs to what stands before it. */
function toParts(blocks: readonly Block[]): Part[] {
  const parts: Part[] = [];
  for (const block of blocks) {
    const part = toPart(block);
    const last = parts.at(-1);
    if (part) {
      parts.push(part);
    } else if (block['cachePoint'] && last) {
      last.cache_control = toCacheControl(block['cachePoint'] as Json);
    }
  }
  return parts;
}

function toCacheControl({ ttl }: Json): Json {
  return { type: 'ephemeral', ...(ttl ? { ttl } : {}) };
}

function toToolContent(content: readonly Block[]): Part[] {
  return content.map((block) =>
    block['json'] === undefined
      ? (toPart(block) ?? { type: 'unknown' })
      : { type: 'text', text: JSON.stringify(block['json']) },
  );
}

function toUserMessages(blocks: readonly Block[]): Json[] {
  const messages: Json[] = [];
  let rest: Block[] = [];
  for (const block of blocks) {
    const result = block['toolResult'] as (Json & { content: Block[] }) | undefined;
    const last = messages.at(-1);
    if (result) {
      messages.push({
        role: 'tool',
        tool_call_id: result['toolUseId'],
        content: toToolContent(result.content),
        ...(result['status'] === 'error' ? { is_error: true } : {}),
      });
    } else if (block['cachePoint'] && rest.length === 0 && last) {
      last['cache_control'] = toCacheControl(block['cachePoint'] as Json);
    } else {
      rest = [...rest, block];
    }
  }
  return rest.length > 0 ? [...messages, { role: 'user', content: toParts(rest) }] : messages;
}

function toServerToolCall({ toolUseId, name, input }: Json, blocks: readonly Block[]): Json {
  const results = blocks.flatMap((block): Json[] => (block['toolResult'] ? [block['toolResult'] as Json] : []));
  return { id: toolUseId, name, input, result: results.find((result) => result['toolUseId'] === toolUseId) };
}

function toReasoningDetail(content: Json): Json {
  const { text, signature } = (content['reasoningText'] ?? {}) as { text?: string; signature?: string };
  return content['redactedContent'] === undefined
    ? { type: 'reasoning.text', text, ...(signature ? { signature } : {}) }
    : { type: 'reasoning.encrypted', data: content['redactedContent'] };
}

function toAssistantMessage(blocks: readonly Block[]): Json {
  const uses = blocks.flatMap((block): Json[] => (block['toolUse'] ? [block['toolUse'] as Json] : []));
  const calls = uses.filter((use) => use['type'] !== 'server_tool_use');
  const serverCalls = uses.filter((use) => use['type'] === 'server_tool_use');
  const thoughts = blocks.flatMap((block): Json[] =>
    block['reasoningContent'] ? [block['reasoningContent'] as Json] : [],
  );
  const parts = toParts(blocks);
  return {
    role: 'assistant',
    content: parts.length > 0 ? parts : null,
    ...(thoughts.length > 0 ? { reasoning_details: thoughts.map(toReasoningDetail) } : {}),
    ...(serverCalls.length > 0 ? { server_tool_calls: serverCalls.map((call) => toServerToolCall(call, blocks)) } : {}),
    ...(calls.length > 0
      ? {
          tool_calls: calls.map((call) => ({
            id: call['toolUseId'],
            type: 'function',
            function: { name: call['name'], arguments: JSON.stringify(call['input']) },
          })),
        }
      : {}),
  };
}

function toTools(blocks: readonly Block[]): Json[] {
  const tools: Json[] = [];
  for (const block of blocks) {
    const spec = block['toolSpec'] as (Json & { inputSchema?: { json?: unknown } }) | undefined;
    const last = tools.at(-1);
    if (spec) {
      const { name, description, strict } = spec;
      tools.push({ type: 'function', function: { name, description, strict, parameters: spec.inputSchema?.json } });
    } else if (block['systemTool']) {
      const { name } = block['systemTool'] as Json;
      tools.push({ type: name === 'nova_grounding' ? 'web_search' : 'code_interpreter' });
    } else if (block['cachePoint'] && last) {
      last['cache_control'] = toCacheControl(block['cachePoint'] as Json);
    }
  }
  return tools;
}

function toToolChoice(choice: Json | undefined): unknown {
  if (choice === undefined) return undefined;
  if (choice['auto']) return 'auto';
  if (choice['any']) return 'required';
  return { type: 'function', function: { name: (choice['tool'] as Json)['name'] } };
}

function toResponseFormat(output: ConverseRequest['outputConfig']): unknown {
  const schema = output?.textFormat?.structure.jsonSchema;
  return (
    schema && {
      type: 'json_schema',
      json_schema: { name: schema.name, description: schema.description, schema: JSON.parse(schema.schema) as unknown },
    }
  );
}

export function toOpenAiRequest(request: ConverseRequest): Json {
  const { inferenceConfig: config = {} } = request;
  const { thinking, top_k: topK, ...native } = request.additionalModelRequestFields ?? {};
  const system = toParts(request.system ?? []);
  const body = {
    messages: [
      ...(system.length > 0 ? [{ role: 'system', content: system }] : []),
      ...request.messages.flatMap(({ role, content }) =>
        role === 'assistant' ? [toAssistantMessage(content)] : toUserMessages(content),
      ),
    ],
    max_completion_tokens: config.maxTokens,
    temperature: config.temperature,
    top_p: config.topP,
    stop: config.stopSequences,
    tools: request.toolConfig && toTools(request.toolConfig.tools),
    tool_choice: toToolChoice(request.toolConfig?.toolChoice),
    response_format: toResponseFormat(request.outputConfig),
    service_tier: request.serviceTier?.type,
    guardrailConfig: request.guardrailConfig,
    performanceConfig: request.performanceConfig,
    requestMetadata: request.requestMetadata,
    additionalModelResponseFieldPaths: request.additionalModelResponseFieldPaths,
    promptVariables: request.promptVariables,
    thinking,
    top_k: topK,
    ...(Object.keys(native).length > 0 ? { additionalModelRequestFields: native } : {}),
  };
  return JSON.parse(JSON.stringify(body)) as Json;
}
