import type { ContentBlock, ConverseResponse, ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';

type Members = Record<string, unknown>;

/** Members of the stream's union that are events. Others are of a future version, and the SDK drops them, too. */
const EVENTS = new Set([
  'messageStart',
  'contentBlockStart',
  'contentBlockDelta',
  'contentBlockStop',
  'messageStop',
  'metadata',
]);

/** Converse's answer with its bytes decoded. */
export function toConverseResponse(body: unknown): ConverseResponse {
  const response = withKnownUsage(isObject(body) ? body : {}) as ConverseResponse & Members;
  const content = response.output?.message?.content;
  if (content?.some(hasBytes)) {
    const message = { ...response.output?.message, content: content.map((block) => decodeBlock(block)) };
    return { ...response, output: { ...response.output, message } } as unknown as ConverseResponse;
  }
  return response;
}

/** One event of ConverseStream; undefined for one that this version does not know. */
export function toStreamOutput(type: string, payload: unknown): ConverseStreamOutput | undefined {
  if (!EVENTS.has(type) || !isObject(payload)) return undefined;
  // Padding that hides the length of the text from who watches the wire.
  const { p: _padding, ...event } = payload;
  if (type === 'contentBlockDelta' && isObject(event['delta']) && hasBytes(event['delta'])) {
    return { contentBlockDelta: { ...event, delta: decodeBlock(event['delta']) } } as unknown as ConverseStreamOutput;
  }
  return { [type]: type === 'metadata' ? withKnownUsage(event) : event } as unknown as ConverseStreamOutput;
}

const USAGE_MEMBERS = [
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'cacheReadInputTokens',
  'cacheWriteInputTokens',
  'cacheDetails',
];

/** Bedrock also sends counts under second names that are not in its API. */
function withKnownUsage(answer: Members): Members {
  const { usage } = answer;
  if (!isObject(usage)) return answer;
  const known: Members = {};
  for (const name of USAGE_MEMBERS) {
    if (usage[name] != null) known[name] = usage[name];
  }
  return { ...answer, usage: known };
}

/** Blocks of text and calls, which are nearly all, have none. */
function hasBytes(block: ContentBlock | Members): boolean {
  return !('text' in block || 'toolUse' in block);
}

/** Only where the API has bytes: a document inside a block may have members of the same names. */
function decodeBlock(block: Members | ContentBlock): Members {
  const decoded: Members = { ...(block as Members) };
  for (const kind of ['image', 'document', 'video', 'audio']) {
    const media = decoded[kind];
    if (isObject(media) && isObject(media['source'])) {
      decoded[kind] = { ...media, source: withBytes(media['source'], 'bytes') };
    }
  }
  const { reasoningContent, toolResult } = decoded;
  if (isObject(reasoningContent)) decoded['reasoningContent'] = withBytes(reasoningContent, 'redactedContent');
  if (isObject(toolResult) && Array.isArray(toolResult['content'])) {
    const content = (toolResult['content'] as Members[]).map(decodeBlock);
    decoded['toolResult'] = { ...toolResult, content };
  }
  return decoded;
}

function withBytes(members: Members, name: string): Members {
  const text = members[name];
  return typeof text === 'string' ? { ...members, [name]: new Uint8Array(Buffer.from(text, 'base64')) } : members;
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
