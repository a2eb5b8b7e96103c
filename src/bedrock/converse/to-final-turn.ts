import type { ContentBlock, Message } from '@aws-sdk/client-bedrock-runtime';
import type { Mapping } from './mapping.js';

/** The predecessor's words for models that refuse an open assistant message. */
const CONTINUE_TEXT = 'Please continue your response from where you left off.';

/**
 * Sees to a conversation that an assistant message ends. Where the model can go on from it, it stays, without the blanks
 * at its end that Claude refuses; elsewhere, as always beside tools and reasoning on Claude, a user message follows.
 */
export function toFinalTurn(messages: readonly Message[], restricts: boolean, { model, adapt }: Mapping): Message[] {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') {
    return [...messages];
  }
  const isRestricted = model.provider === 'anthropic' && restricts;
  if (model.capabilities.assistantPrefill === false || isRestricted) {
    adapt('messages');
    return [...messages, { role: 'user', content: [{ text: CONTINUE_TEXT }] }];
  }
  return [...messages.slice(0, -1), { ...last, content: withoutTrailingBlanks(last.content ?? []) }];
}

function withoutTrailingBlanks(content: readonly ContentBlock[]): ContentBlock[] {
  const index = content.findLastIndex((block) => block.text !== undefined);
  return content.map((block, position) =>
    position === index && block.text !== undefined ? { text: block.text.trimEnd() } : block,
  );
}
