import type { ContentBlock, Message } from '@aws-sdk/client-bedrock-runtime';
import { append } from './append.js';

type Role = 'user' | 'assistant';

interface Turn {
  role: Role;
  /** Tool results stand first in the message that follows the calls. */
  results: ContentBlock[];
  rest: ContentBlock[];
}

/** Stands for a user message without content, which Converse refuses. */
const EMPTY_TEXT = '(no content)';
/** Stands before a conversation that an assistant message opens. */
const OPENING_TEXT = 'Continue the conversation.';
/** Converse wants text beside documents. */
const DOCUMENT_TEXT = 'Please use the attached documents.';

/**
 * A conversation as Converse wants it: the user begins, roles alternate, no message is empty, tool results come first,
 * and documents have text beside them.
 */
export class Turns {
  private readonly turns: Turn[] = [];

  add(role: Role, blocks: readonly ContentBlock[]): void {
    append(this.turnOf(role).rest, blocks);
  }

  addResult(blocks: readonly ContentBlock[]): void {
    append(this.turnOf('user').results, blocks);
  }

  toMessages(): Message[] {
    const merged = new Turns();
    for (const { role, results, rest } of this.turns) {
      if (role === 'user' || rest.length > 0) {
        merged.join(role, results, rest);
      }
    }
    const messages = merged.turns.map(toMessage);
    return messages[0]?.role === 'assistant'
      ? [{ role: 'user', content: [{ text: OPENING_TEXT }] }, ...messages]
      : messages;
  }

  /** Blank assistant messages are gone by now, so neighbours may have the same role again. */
  private join(role: Role, results: readonly ContentBlock[], rest: readonly ContentBlock[]): void {
    const turn = this.turnOf(role);
    append(turn.results, results);
    append(turn.rest, rest);
  }

  private turnOf(role: Role): Turn {
    const last = this.turns.at(-1);
    if (last?.role === role) {
      return last;
    }
    const turn: Turn = { role, results: [], rest: [] };
    this.turns.push(turn);
    return turn;
  }
}

function toMessage({ role, results, rest }: Turn): Message {
  const content = [...results, ...rest];
  if (content.length === 0) {
    return { role, content: [{ text: EMPTY_TEXT }] };
  }
  const hasDocument = content.some((block) => block.document !== undefined);
  const hasText = content.some((block) => block.text !== undefined && block.text.trim() !== '');
  return { role, content: hasDocument && !hasText ? [...content, { text: DOCUMENT_TEXT }] : content };
}
