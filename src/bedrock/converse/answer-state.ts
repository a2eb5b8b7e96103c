import type { MessageExtensions, ServerToolCall, UrlCitation } from '../../openai/chat-completion.js';
import type { AnswerContext, AnswerSummary } from './answer-context.js';
import type { CitedSpan, ConverseCitation } from './citations.js';
import { FenceFilter, StopFilter, TextFilters, WrapperFilter } from './text-filter.js';

export interface TextBlock extends CitedSpan {
  kind: 'text';
  citations: ConverseCitation[];
}

export interface ReasoningBlock {
  kind: 'reasoning';
  text: string;
  signature: string;
  redacted: Uint8Array[];
}

interface ToolBlock {
  kind: 'tool';
  index: number;
  hasInput: boolean;
}

interface JsonBlock {
  kind: 'json';
  hasInput: boolean;
}

export interface ImageBlock {
  kind: 'image';
  format: string;
  bytes: Uint8Array[];
}

/** A call of a tool inside Bedrock, whose input comes as JSON text. */
export interface ServerToolBlock {
  kind: 'server-tool';
  call: ServerToolCall;
  input: string;
}

/** What that tool said. */
export interface ServerResultBlock {
  kind: 'server-result';
  result: NonNullable<ServerToolCall['result']>;
}

/** A content block between its first event and its stop. `ignored` is a call that is not the client's. */
type Block =
  | TextBlock
  | ReasoningBlock
  | ToolBlock
  | JsonBlock
  | ImageBlock
  | ServerToolBlock
  | ServerResultBlock
  | { kind: 'ignored' };

/** One answer on its way from Converse's events to OpenAI's deltas. */
export interface AnswerState {
  readonly context: AnswerContext;
  /** By `contentBlockIndex`, since nothing promises that one block ends before the next begins. */
  readonly openBlocks: Map<number, Block>;
  /** Between the model's text and the content. */
  readonly filters: TextFilters;
  /** Emulates the stop sequences of models that take none. */
  readonly stop: StopFilter;
  /** UTF-16 length of the content so far. */
  contentLength: number;
  /** The last block that held text: Nova cites it in a block of its own. */
  lastText: CitedSpan;
  /** Calls of the client's tools; OpenAI's `index` counts these and not the blocks. */
  toolCalls: number;
  /** Images that the model made. */
  images: number;
  /** Bedrock could not give an image that the answer should hold. */
  imageFailed: boolean;
  /** Text next to a JSON tool, which is the content only if that tool is never called. */
  heldText: string;
  jsonToolCalled: boolean;
  readonly annotations: UrlCitation[];
  readonly extensions: Required<Pick<MessageExtensions, 'reasoning_details' | 'citations' | 'server_tool_calls'>>;
  /** What `additionalModelResponseFieldPaths` found. */
  nativeFields: unknown;
  /** What a guardrail found, where the request asked for it. */
  guardrailTrace: unknown;
  messageStopped: boolean;
  metadataSeen: boolean;
  readonly summary: AnswerSummary;
}

export function newAnswerState(context: AnswerContext): AnswerState {
  const stop = new StopFilter(context.stopSequences ?? []);
  return {
    context,
    openBlocks: new Map(),
    filters: new TextFilters([
      ...(context.stopSequences ? [stop] : []),
      ...(context.isJson ? [new FenceFilter()] : []),
      ...(context.unwrapsJson ? [new WrapperFilter()] : []),
    ]),
    stop,
    contentLength: 0,
    lastText: { start: 0, end: 0 },
    toolCalls: 0,
    images: 0,
    imageFailed: false,
    heldText: '',
    jsonToolCalled: false,
    annotations: [],
    extensions: { reasoning_details: [], citations: [], server_tool_calls: [] },
    nativeFields: undefined,
    guardrailTrace: undefined,
    messageStopped: false,
    metadataSeen: false,
    summary: { usage: undefined, searches: 0, stopReason: undefined, serviceTier: undefined, latencyMs: undefined },
  };
}

/** Whether Bedrock has said everything: a stream may end early without any error. */
export function isComplete(state: AnswerState): boolean {
  return state.messageStopped && state.metadataSeen;
}
