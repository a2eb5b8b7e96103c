import type { ToolResultBlockDelta, ToolResultBlockStart, ToolUseBlockStart } from '@aws-sdk/client-bedrock-runtime';
import type { AnswerState, ServerToolBlock } from './answer-state.js';
import { WEB_SEARCH } from './system-tools.js';

/** A call that Bedrock itself answers: a client that was asked to run the tool could only fail. */
export function openServerTool(state: AnswerState, blockIndex: number, { toolUseId, name }: ToolUseBlockStart): void {
  const call = { id: toolUseId ?? '', name: name ?? '', input: {} };
  state.extensions.server_tool_calls.push(call);
  state.openBlocks.set(blockIndex, { kind: 'server-tool', call, input: '' });
  if (name === WEB_SEARCH) {
    state.summary.searches += 1;
  }
}

export function closeServerTool({ call, input }: ServerToolBlock): void {
  if (input !== '') {
    call.input = toInput(input);
  }
}

/** Bedrock gives the whole input; what is no JSON object is handed on as it is, for a client to see. */
function toInput(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { value };
  } catch {
    return { value: text };
  }
}

export function openServerResult(
  state: AnswerState,
  blockIndex: number,
  { toolUseId, type, status }: ToolResultBlockStart,
): void {
  const call = state.extensions.server_tool_calls.find(({ id }) => id === toolUseId);
  if (call === undefined) {
    return;
  }
  call.result = { ...(type ? { type } : {}), ...(status ? { status } : {}), content: [] };
  state.openBlocks.set(blockIndex, { kind: 'server-result', result: call.result });
}

export function onServerResult(state: AnswerState, blockIndex: number, deltas: readonly ToolResultBlockDelta[]): void {
  const block = state.openBlocks.get(blockIndex);
  if (block?.kind !== 'server-result') {
    return;
  }
  const { content } = block.result;
  for (const { text, json } of deltas) {
    const last = content.at(-1);
    if (text === undefined) {
      content.push({ json });
    } else if (last !== undefined && 'text' in last) {
      last.text += text;
    } else {
      content.push({ text });
    }
  }
}
