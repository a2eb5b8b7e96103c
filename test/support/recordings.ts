import type { ChatCompletion, CompletionUsage } from '../../src/openai/chat-completion.js';
import type { ReplayedAnswer } from './replayed-bedrock.js';
import { readJsonLines } from './shared-data.js';

export const RECORDINGS = 'recordings/given.jsonl';

interface RecordedUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
}

interface RecordedBlock {
  text?: string;
  toolUse?: { toolUseId: string; name: string; input: unknown; type?: string };
  reasoningContent?: { reasoningText?: { text: string } };
  citationsContent?: { content?: { text: string }[] };
}

interface RecordedBody {
  output: { message: { content: RecordedBlock[] } };
  stopReason: string;
  usage: RecordedUsage;
}

interface RecordedDelta {
  text?: string;
  toolUse?: { input: string };
  reasoningContent?: { text?: string };
}

interface RecordedEvent {
  payload_json: {
    contentBlockIndex?: number;
    start?: { toolUse?: { toolUseId: string; name: string; type?: string } };
    delta?: RecordedDelta;
    stopReason?: string;
    usage?: RecordedUsage;
  };
}

/** One exchange with the real service; the fields are explained beside the recordings. */
export interface Recording {
  id: string;
  operation: string;
  model_id: string;
  request: { host?: string; path: string; body_json?: unknown };
  response: {
    status: number;
    headers: Record<string, string>;
    body_b64: string;
    body_json?: unknown;
    events?: RecordedEvent[];
    error_type?: string | null;
    error_type_inferred?: string | null;
  };
}

/** What a client has to see of a recorded answer. */
export interface ExpectedAnswer {
  content: string;
  reasoning: string;
  toolCalls: { id: string; name: string; input: unknown }[];
  finishReason: string;
  usage: { prompt: number; completion: number; cached: number | undefined };
}

export function listRecordings(operation: 'Converse' | 'ConverseStream'): Recording[] {
  return readJsonLines<Recording>(RECORDINGS).filter((recording) => recording.operation === operation);
}

export function errorTypeOf({ response }: Recording): string | undefined {
  return response.error_type ?? response.error_type_inferred ?? undefined;
}

/** The bytes as they were sent; an exception type that the recorder dropped is put back. */
export function toReplayedAnswer(recording: Recording): ReplayedAnswer {
  const { status, headers, body_b64 } = recording.response;
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const errorType = errorTypeOf(recording);
  return {
    status,
    headers: status === 200 || errorType === undefined ? lowerCase : { 'x-amzn-errortype': errorType, ...lowerCase },
    body: Buffer.from(body_b64, 'base64'),
  };
}

/** Written out anew and not taken from the product, which it judges. */
function finishReasonOf(stopReason: string | undefined, calls: number): string {
  switch (stopReason) {
    case 'max_tokens':
      return 'length';
    case 'guardrail_intervened':
    case 'content_filtered':
      return 'content_filter';
    default:
      return calls > 0 ? 'tool_calls' : 'stop';
  }
}

function usageOf(usage: RecordedUsage | undefined): ExpectedAnswer['usage'] {
  const { inputTokens = 0, outputTokens = 0, cacheReadInputTokens, cacheWriteInputTokens } = usage ?? {};
  return {
    prompt: inputTokens + (cacheReadInputTokens ?? 0) + (cacheWriteInputTokens ?? 0),
    completion: outputTokens,
    cached: cacheReadInputTokens,
  };
}

function fromBody({ output, stopReason, usage }: RecordedBody): ExpectedAnswer {
  const blocks = output.message.content;
  const calls = blocks.flatMap(({ toolUse }) => (toolUse && toolUse.type !== 'server_tool_use' ? [toolUse] : []));
  return {
    content: blocks
      .map((block) => block.text ?? (block.citationsContent?.content ?? []).map(({ text }) => text).join(''))
      .join(''),
    reasoning: blocks.map((block) => block.reasoningContent?.reasoningText?.text ?? '').join(''),
    toolCalls: calls.map(({ toolUseId, name, input }) => ({ id: toolUseId, name, input })),
    finishReason: finishReasonOf(stopReason, calls.length),
    usage: usageOf(usage),
  };
}

function inputOf(events: readonly RecordedEvent[], contentBlockIndex: number | undefined): unknown {
  const text = events
    .filter(({ payload_json }) => payload_json.contentBlockIndex === contentBlockIndex)
    .map(({ payload_json }) => payload_json.delta?.toolUse?.input ?? '')
    .join('');
  return JSON.parse(text === '' ? '{}' : text);
}

function fromEvents(events: readonly RecordedEvent[]): ExpectedAnswer {
  const payloads = events.map(({ payload_json }) => payload_json);
  const toolCalls = payloads.flatMap(({ start, contentBlockIndex }) =>
    start?.toolUse && start.toolUse.type !== 'server_tool_use'
      ? [{ id: start.toolUse.toolUseId, name: start.toolUse.name, input: inputOf(events, contentBlockIndex) }]
      : [],
  );
  return {
    content: payloads.map(({ delta }) => delta?.text ?? '').join(''),
    reasoning: payloads.map(({ delta }) => delta?.reasoningContent?.text ?? '').join(''),
    toolCalls,
    finishReason: finishReasonOf(payloads.find(({ stopReason }) => stopReason)?.stopReason, toolCalls.length),
    usage: usageOf(payloads.find(({ usage }) => usage)?.usage),
  };
}

export function toExpectedAnswer({ response }: Recording): ExpectedAnswer {
  return response.events === undefined ? fromBody(response.body_json as RecordedBody) : fromEvents(response.events);
}

/** The same of what a client got. `reasoning` comes apart, since the SDK's accumulator keeps only its last delta. */
export function toSeenAnswer(
  { choices: [choice] }: ChatCompletion,
  usage: CompletionUsage | null | undefined,
  reasoning = '',
): ExpectedAnswer {
  return {
    content: choice?.message.content ?? '',
    reasoning,
    toolCalls: (choice?.message.tool_calls ?? []).map(({ id, function: { name, arguments: input } }) => ({
      id,
      name,
      input: JSON.parse(input) as unknown,
    })),
    finishReason: choice?.finish_reason ?? '',
    usage: {
      prompt: usage?.prompt_tokens ?? -1,
      completion: usage?.completion_tokens ?? -1,
      cached: usage?.prompt_tokens_details?.cached_tokens,
    },
  };
}
