import type { ReplyBlock } from './reply.js';
import { countTokens } from './tokens.js';

const BYTES_PER_TOKEN = 4;

export interface LimitedBlocks {
  blocks: ReplyBlock[];
  /** The stop sequence that ended the text. */
  stoppedBy?: string;
  /** True when the token limit ended the answer. */
  exhausted: boolean;
}

/** Ends the answer at the first stop sequence of its text, then at `maxTokens`. */
export function limitBlocks(
  blocks: readonly ReplyBlock[],
  stopSequences: readonly string[],
  maxTokens: number | undefined,
): LimitedBlocks {
  const stopped = stopAtSequence(blocks, stopSequences);
  const cut = maxTokens === undefined ? stopped.blocks : cutAtTokens(stopped.blocks, maxTokens);
  const exhausted = countBlocks(cut) < countBlocks(stopped.blocks);
  return { blocks: cut, exhausted, ...(stopped.stoppedBy === undefined ? {} : { stoppedBy: stopped.stoppedBy }) };
}

export function countBlocks(blocks: readonly ReplyBlock[]): number {
  return blocks.reduce((sum, block) => sum + countBlock(block), 0);
}

function countBlock(block: ReplyBlock): number {
  if ('text' in block) return countTokens(block.text);
  if ('toolUse' in block) return countTokens(block.toolUse.name + JSON.stringify(block.toolUse.input));
  const { reasoningContent } = block;
  return countTokens(
    'reasoningText' in reasoningContent ? reasoningContent.reasoningText.text : reasoningContent.redactedContent,
  );
}

function stopAtSequence(blocks: readonly ReplyBlock[], stops: readonly string[]): Omit<LimitedBlocks, 'exhausted'> {
  for (const [index, block] of blocks.entries()) {
    if (!('text' in block)) continue;
    const [first] = stops
      .map((stop) => ({ stop, at: block.text.indexOf(stop) }))
      .filter(({ at }) => at >= 0)
      .sort((left, right) => left.at - right.at);
    if (first) {
      const text = block.text.slice(0, first.at);
      return { blocks: [...blocks.slice(0, index), ...(text ? [{ text }] : [])], stoppedBy: first.stop };
    }
  }
  return { blocks: [...blocks] };
}

/** Text is cut inside; a tool call or a thought that does not fit is left out. */
function cutAtTokens(blocks: readonly ReplyBlock[], maxTokens: number): ReplyBlock[] {
  const kept: ReplyBlock[] = [];
  let left = maxTokens;
  for (const block of blocks) {
    const size = countBlock(block);
    if (size > left) {
      if ('text' in block && left > 0) kept.push({ text: cutText(block.text, left) });
      return kept;
    }
    kept.push(block);
    left -= size;
  }
  return kept;
}

/** Whole characters only, so that the text stays valid. */
function cutText(text: string, tokens: number): string {
  const bytes = tokens * BYTES_PER_TOKEN;
  let kept = '';
  let size = 0;
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > bytes) return kept;
    kept += character;
  }
  return kept;
}
