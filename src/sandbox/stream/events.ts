import { padding } from '../framing/padding.js';
import type { Reply, ReplyBlock } from '../replies/reply.js';

const MIN_PIECE_CHARACTERS = 4;
const PIECE_SPREAD_CHARACTERS = 20;

/** One event of ConverseStream, before it is framed. */
export interface StreamEvent {
  type: string;
  payload: Record<string, unknown>;
  /** True for the event that tells the client what is billed. */
  reportsUsage?: boolean;
}

/** A piece of a block, in the wire's own shape. */
export type BlockDelta =
  | { text: string }
  | { toolUse: { input: string } }
  | { reasoningContent: { text: string } | { signature: string } | { redactedContent: string } };

export interface Slicing {
  random: () => number;
  /** Number of deltas for each text; by default pieces of 4 to 23 characters. */
  chunks: number | undefined;
  /** Claude sends no input at all for a call without arguments, others `{}`. */
  omitsEmptyInput: boolean;
}

/** The events of an answer in Bedrock's order. Text and reasoning blocks have no start event. */
export function* converseEvents(reply: Reply, slicing: Slicing): Generator<StreamEvent> {
  const { random } = slicing;
  const event = (type: string, payload: Record<string, unknown>): StreamEvent => ({
    type,
    payload: { ...payload, p: padding(random) },
  });
  yield event('messageStart', { role: 'assistant' });
  for (const [contentBlockIndex, block] of reply.blocks.entries()) {
    if ('toolUse' in block) {
      const { toolUseId, name } = block.toolUse;
      yield event('contentBlockStart', { contentBlockIndex, start: { toolUse: { toolUseId, name } } });
    }
    for (const delta of blockDeltas(block, slicing)) yield event('contentBlockDelta', { contentBlockIndex, delta });
    yield event('contentBlockStop', { contentBlockIndex });
  }
  const fields = reply.additionalModelResponseFields;
  yield event('messageStop', {
    stopReason: reply.stopReason,
    ...(fields ? { additionalModelResponseFields: fields } : {}),
  });
  const metadata = event('metadata', {
    metrics: { latencyMs: reply.latencyMs },
    ...reply.extras,
    ...(reply.usage ? { usage: reply.usage } : {}),
  });
  yield { ...metadata, reportsUsage: reply.usage !== undefined };
}

/** The pieces of a block, in order: a signature after its thought, the arguments of a call as fragments of JSON. */
export function* blockDeltas(block: ReplyBlock, slicing: Slicing): Generator<BlockDelta> {
  if ('text' in block) {
    for (const text of slices(block.text, slicing)) yield { text };
  } else if ('toolUse' in block) {
    yield { toolUse: { input: '' } };
    const input = JSON.stringify(block.toolUse.input);
    if (input === '{}' && slicing.omitsEmptyInput) return;
    for (const piece of slices(input, { ...slicing, chunks: undefined })) yield { toolUse: { input: piece } };
  } else if ('reasoningText' in block.reasoningContent) {
    const { text, signature } = block.reasoningContent.reasoningText;
    for (const piece of slices(text, { ...slicing, chunks: undefined })) yield { reasoningContent: { text: piece } };
    if (signature !== undefined) yield { reasoningContent: { signature } };
  } else {
    yield { reasoningContent: { redactedContent: block.reasoningContent.redactedContent } };
  }
}

/** Whole characters only: a frame holds valid JSON. */
function* slices(text: string, { chunks, random }: Slicing): Generator<string> {
  const characters = Array.from(text);
  let from = 0;
  for (let index = 0; from < characters.length; index++) {
    const to =
      chunks === undefined ? from + pieceLength(random) : Math.round(((index + 1) * characters.length) / chunks);
    if (to > from) yield characters.slice(from, to).join('');
    from = Math.max(from, to);
  }
}

function pieceLength(random: () => number): number {
  return MIN_PIECE_CHARACTERS + Math.floor(random() * PIECE_SPREAD_CHARACTERS);
}
