import type { ChatCompletionDelta } from '../../openai/chat-completion.js';
import type { AnswerState, TextBlock } from './answer-state.js';
import { toDocumentCitation, toUrlCitation } from './citations.js';

export function openText(state: AnswerState, blockIndex: number): TextBlock {
  const open = state.openBlocks.get(blockIndex);
  if (open?.kind === 'text') {
    return open;
  }
  const block: TextBlock = { kind: 'text', start: state.contentLength, end: state.contentLength, citations: [] };
  state.openBlocks.set(blockIndex, block);
  return block;
}

/** A delta of content; none for no text. */
export function toContent(text: string): ChatCompletionDelta | undefined {
  return text === '' ? undefined : { content: text };
}

/** Text of the model, as far as it is the content by now. */
export function onText(state: AnswerState, blockIndex: number, text: string): ChatCompletionDelta | undefined {
  if (state.context.jsonTool !== undefined) {
    state.heldText += text;
    return undefined;
  }
  const content = state.filters.push(text);
  if (content !== '') {
    const block = openText(state, blockIndex);
    state.contentLength += content.length;
    block.end = state.contentLength;
    state.lastText = block;
  }
  return toContent(content);
}

/** What was held back, once the model has said everything. */
export function endText(state: AnswerState): string {
  const held = state.jsonToolCalled ? '' : state.filters.push(state.heldText);
  return held + state.filters.end();
}

/** Cites what the block said. */
export function closeText(state: AnswerState, block: TextBlock): void {
  const span = block.end > block.start ? block : state.lastText;
  for (const citation of block.citations) {
    const annotation = toUrlCitation(citation, span);
    if (annotation === undefined) {
      state.extensions.citations.push(toDocumentCitation(citation, span));
    } else {
      state.annotations.push(annotation);
    }
  }
}
