import type {
  ContentBlockDelta,
  ContentBlockStart,
  ConverseStreamMetadataEvent,
  ConverseStreamOutput,
  ReasoningContentBlockDelta,
} from '@aws-sdk/client-bedrock-runtime';
import type { ChatCompletionDelta } from '../../openai/chat-completion.js';
import type { AnswerState, ReasoningBlock } from './answer-state.js';
import { closeImage, onImage, openImage } from './to-image-delta.js';
import { closeServerTool, onServerResult, openServerResult, openServerTool } from './to-server-tool-call.js';
import { closeText, endText, onText, openText, toContent } from './to-text-delta.js';
import { toTokenUsage } from './to-usage.js';

/** Words of gpt-oss's own format, as in `json<|channel|>commentary`. Source: vercel/ai issue 9967 and a recording. */
const CHANNEL = /<\|.*$/s;

/** The name of an offered tool where the model's own format slipped in behind it. */
function toOfferedName(name: string, { offeredNames }: AnswerState['context']): string {
  const bare = name.replace(CHANNEL, '');
  return offeredNames?.has(bare) ? bare : name;
}

function openReasoning(state: AnswerState, blockIndex: number): ReasoningBlock {
  const open = state.openBlocks.get(blockIndex);
  if (open?.kind === 'reasoning') {
    return open;
  }
  const block: ReasoningBlock = { kind: 'reasoning', text: '', signature: '', redacted: [] };
  state.openBlocks.set(blockIndex, block);
  return block;
}

/** A piece of a call in the words that the client offered its tools in. */
function toCallDelta(
  { context }: AnswerState,
  index: number,
  args: string,
  start?: { id: string; name: string },
): ChatCompletionDelta {
  if (context.legacyCall) {
    return { function_call: { ...(start ? { name: start.name } : {}), arguments: args } };
  }
  const fn = { ...(start ? { name: start.name } : {}), arguments: args };
  return { tool_calls: [{ index, ...(start ? { id: start.id, type: 'function' } : {}), function: fn }] };
}

function onStart(state: AnswerState, blockIndex: number, start: ContentBlockStart): ChatCompletionDelta | undefined {
  if (start.image !== undefined) {
    openImage(state, blockIndex, start.image);
  }
  if (start.toolResult !== undefined) {
    openServerResult(state, blockIndex, start.toolResult);
  }
  const call = start.toolUse;
  if (call === undefined) {
    return undefined;
  }
  if (call.type === 'server_tool_use') {
    openServerTool(state, blockIndex, call);
    return undefined;
  }
  const { jsonTool, placeholderTools, toolNames, firstCallOnly } = state.context;
  const name = toOfferedName(call.name ?? '', state.context);
  if (name === jsonTool && !state.jsonToolCalled) {
    state.jsonToolCalled = true;
    state.openBlocks.set(blockIndex, { kind: 'json', hasInput: false });
    return undefined;
  }
  const isForeign = name === jsonTool || placeholderTools?.has(name);
  if (isForeign || (firstCallOnly && state.toolCalls > 0)) {
    state.openBlocks.set(blockIndex, { kind: 'ignored' });
    return undefined;
  }
  const index = state.toolCalls;
  state.toolCalls += 1;
  state.openBlocks.set(blockIndex, { kind: 'tool', index, hasInput: false });
  return toCallDelta(state, index, '', { id: call.toolUseId ?? '', name: toolNames?.get(name) ?? name });
}

function onToolInput(state: AnswerState, blockIndex: number, input: string): ChatCompletionDelta | undefined {
  const block = state.openBlocks.get(blockIndex);
  if (block?.kind === 'server-tool') {
    block.input += input;
    return undefined;
  }
  if (input === '' || (block?.kind !== 'tool' && block?.kind !== 'json')) {
    return undefined;
  }
  block.hasInput = true;
  return block.kind === 'json' ? toContent(state.filters.push(input)) : toCallDelta(state, block.index, input);
}

function onReasoning(
  state: AnswerState,
  blockIndex: number,
  delta: ReasoningContentBlockDelta,
): ChatCompletionDelta | undefined {
  const block = openReasoning(state, blockIndex);
  if (delta.text) {
    block.text += delta.text;
    return { reasoning_content: delta.text };
  }
  if (delta.signature !== undefined) {
    block.signature += delta.signature;
  } else if (delta.redactedContent !== undefined) {
    block.redacted.push(delta.redactedContent);
  }
  return undefined;
}

function onDelta(state: AnswerState, blockIndex: number, delta: ContentBlockDelta): ChatCompletionDelta | undefined {
  if (delta.text !== undefined) {
    return onText(state, blockIndex, delta.text);
  }
  if (delta.toolUse !== undefined) {
    return onToolInput(state, blockIndex, delta.toolUse.input ?? '');
  }
  if (delta.reasoningContent !== undefined) {
    return onReasoning(state, blockIndex, delta.reasoningContent);
  }
  if (delta.citation !== undefined) {
    openText(state, blockIndex).citations.push(delta.citation);
  } else if (delta.image !== undefined) {
    onImage(state, blockIndex, delta.image);
  } else if (delta.toolResult !== undefined) {
    onServerResult(state, blockIndex, delta.toolResult);
  }
  return undefined;
}

function closeReasoning(state: AnswerState, { text, signature, redacted }: ReasoningBlock): void {
  const details = state.extensions.reasoning_details;
  if (text !== '' || signature !== '') {
    details.push(signature === '' ? { type: 'reasoning.text', text } : { type: 'reasoning.text', text, signature });
  }
  if (redacted.length > 0) {
    details.push({ type: 'reasoning.encrypted', data: Buffer.concat(redacted).toString('base64') });
  }
}

/** Ends a block. A call without input gets `{}`, since `JSON.parse('')` fails in every client. */
function onStop(state: AnswerState, blockIndex: number): ChatCompletionDelta | undefined {
  const block = state.openBlocks.get(blockIndex);
  state.openBlocks.delete(blockIndex);
  switch (block?.kind) {
    case 'text':
      closeText(state, block);
      return undefined;
    case 'reasoning':
      closeReasoning(state, block);
      return undefined;
    case 'tool':
      return block.hasInput ? undefined : toCallDelta(state, block.index, '{}');
    case 'json':
      return block.hasInput ? undefined : toContent(state.filters.push('{}'));
    case 'image':
      return closeImage(state, block);
    case 'server-tool':
      closeServerTool(block);
      return undefined;
    default:
      return undefined;
  }
}

/**
 * What is known only at the end, in one delta: accumulators of SDKs overwrite or refuse a repeated list of unknown
 * members, so `annotations`, `citations`, `reasoning_details` and `server_tool_calls` come once and whole.
 */
function onMessageStop(state: AnswerState): ChatCompletionDelta | undefined {
  const delta: ChatCompletionDelta = {};
  for (const blockIndex of state.openBlocks.keys()) {
    const { tool_calls: calls, images, ...closing } = onStop(state, blockIndex) ?? {};
    Object.assign(delta, closing);
    if (calls) delta.tool_calls = [...(delta.tool_calls ?? []), ...calls];
    if (images) delta.images = [...(delta.images ?? []), ...images];
  }
  const rest = `${delta.content ?? ''}${endText(state)}`;
  if (rest !== '') {
    delta.content = rest;
  }
  if (state.annotations.length > 0) {
    delta.annotations = state.annotations;
  }
  if (state.extensions.citations.length > 0) {
    delta.citations = state.extensions.citations;
  }
  if (state.extensions.reasoning_details.length > 0) {
    delta.reasoning_details = state.extensions.reasoning_details;
  }
  if (state.extensions.server_tool_calls.length > 0) {
    delta.server_tool_calls = state.extensions.server_tool_calls;
  }
  return Object.keys(delta).length > 0 ? delta : undefined;
}

function onMetadata(state: AnswerState, { usage, serviceTier, metrics, trace }: ConverseStreamMetadataEvent): void {
  state.metadataSeen = true;
  state.guardrailTrace = trace?.guardrail;
  state.summary.usage = usage === undefined ? undefined : toTokenUsage(usage);
  state.summary.serviceTier = serviceTier?.type;
  state.summary.latencyMs = metrics?.latencyMs;
}

/**
 * Takes one event of ConverseStream; the delta that it means to the client, if any. What the model goes on to say after
 * a stop sequence is billed and not given.
 */
export function toDelta(state: AnswerState, event: ConverseStreamOutput): ChatCompletionDelta | undefined {
  if (event.contentBlockDelta !== undefined) {
    const { contentBlockIndex = 0, delta } = event.contentBlockDelta;
    return delta === undefined || state.stop.isStopped ? undefined : onDelta(state, contentBlockIndex, delta);
  }
  if (event.contentBlockStart !== undefined) {
    const { contentBlockIndex = 0, start } = event.contentBlockStart;
    return start === undefined || state.stop.isStopped ? undefined : onStart(state, contentBlockIndex, start);
  }
  if (event.contentBlockStop !== undefined) {
    return onStop(state, event.contentBlockStop.contentBlockIndex ?? 0);
  }
  if (event.messageStop !== undefined) {
    state.messageStopped = true;
    state.summary.stopReason = event.messageStop.stopReason;
    state.nativeFields = event.messageStop.additionalModelResponseFields;
    return onMessageStop(state);
  }
  if (event.metadata !== undefined) {
    onMetadata(state, event.metadata);
  }
  return undefined;
}
