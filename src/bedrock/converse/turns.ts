import type { ContentBlock, Message } from '@aws-sdk/client-bedrock-runtime';
import type { ModelCapabilities } from '../../models/model-entry.js';
import { append } from './append.js';

/** What a model takes in one message. */
type Company = Pick<ModelCapabilities, 'besideToolResults' | 'textBesideToolCalls'>;

type Role = 'user' | 'assistant';

interface Turn {
  role: Role;
  /** Tool results stand first in the message that follows the calls. */
  results: ContentBlock[];
  rest: ContentBlock[];
  /** Position of the first call in `rest`. */
  firstCall?: number;
}

/** Stands for a user message without content, which Converse refuses. */
const EMPTY_TEXT = '(no content)';
/** Stands before a conversation that an assistant message opens. */
const OPENING_TEXT = 'Continue the conversation.';
/** Stands between tool results and what some models do not take beside them: neighbours of one role are one message. */
const BETWEEN_TEXT = 'Noted.';
/** Stands between words and calls of the assistant, for models that take them only apart. */
const GO_ON_TEXT = 'Go on.';
/** Converse wants text beside documents. */
const DOCUMENT_TEXT = 'Please use the attached documents.';

/**
 * A conversation as Converse wants it: the user begins, roles alternate, no message is empty, tool results come first
 * and have nothing beside them that the model does not take there, and documents have text beside them.
 */
export class Turns {
  private readonly turns: Turn[] = [];

  /** Who spoke last. */
  get lastRole(): Role | undefined {
    return this.turns.at(-1)?.role;
  }

  add(role: Role, blocks: readonly ContentBlock[]): void {
    addAfterWords(this.turnOf(role), blocks);
  }

  addResult(blocks: readonly ContentBlock[]): void {
    append(this.turnOf('user').results, blocks);
  }

  toMessages(company: Company): Message[] {
    const turns = this.turns.some(isBlank) ? merged(this.turns.filter((turn) => !isBlank(turn))) : this.turns;
    const messages: Message[] = [];
    for (const turn of turns) append(messages, toMessagesOf(turn, company));
    return messages[0]?.role === 'assistant'
      ? [{ role: 'user', content: [{ text: OPENING_TEXT }] }, ...messages]
      : messages;
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

/** The assistant has said nothing: such a message is left out. */
function isBlank({ role, rest }: Turn): boolean {
  return role === 'assistant' && rest.length === 0;
}

/** Without what stood between them, neighbours may have the same role: they are one. */
function merged(turns: readonly Turn[]): Turn[] {
  const joined: Turn[] = [];
  for (const turn of turns) {
    const last = joined.at(-1);
    if (last?.role === turn.role) {
      append(last.results, turn.results);
      append(last.rest, turn.rest);
    } else {
      joined.push(turn);
    }
  }
  return joined;
}

/** A call of the client's tools, which is answered in the next message. */
function isCall({ toolUse }: ContentBlock): boolean {
  return toolUse !== undefined && toolUse.type === undefined;
}

/**
 * Nothing said stands after a call: what a second message of the same turn says goes before the calls of the first. But
 * reasoning stays between them, where it was.
 */
function addAfterWords(turn: Turn, blocks: readonly ContentBlock[]): void {
  const { rest, firstCall } = turn;
  const call = blocks.findIndex(isCall);
  if (firstCall === undefined || blocks.some((block) => block.reasoningContent !== undefined)) {
    if (firstCall === undefined && call >= 0) turn.firstCall = rest.length + call;
    append(rest, blocks);
    return;
  }
  const words = call < 0 ? blocks : blocks.slice(0, call);
  rest.splice(firstCall, 0, ...words);
  turn.firstCall = firstCall + words.length;
  append(rest, blocks.slice(words.length));
}

function toMessagesOf(turn: Turn, { besideToolResults, textBesideToolCalls }: Company): Message[] {
  const { role, results, rest } = turn;
  if (role === 'assistant') {
    return textBesideToolCalls ? [toMessage(turn)] : toWordsAndCalls(rest);
  }
  if (results.length === 0 || rest.every((block) => mayStandBeside(block, besideToolResults))) {
    return [toMessage(turn)];
  }
  return [
    toMessage({ role, results, rest: [] }),
    { role: 'assistant', content: [{ text: BETWEEN_TEXT }] },
    toMessage({ role, results: [], rest }),
  ];
}

function toWordsAndCalls(blocks: readonly ContentBlock[]): Message[] {
  const words = blocks.filter((block) => block.toolUse === undefined);
  const calls = blocks.filter((block) => block.toolUse !== undefined);
  const between: Message[] =
    words.length > 0 && calls.length > 0 ? [{ role: 'user', content: [{ text: GO_ON_TEXT }] }] : [];
  return [...toAnswer(words), ...between, ...toAnswer(calls)];
}

function toAnswer(content: ContentBlock[]): Message[] {
  return content.length > 0 ? [{ role: 'assistant', content }] : [];
}

function mayStandBeside(block: ContentBlock, beside: ModelCapabilities['besideToolResults']): boolean {
  const { document, video, image, audio, cachePoint } = block;
  if (beside === null || cachePoint !== undefined) return true;
  if (document !== undefined) return beside.includes('document');
  if (video !== undefined) return beside.includes('video');
  return audio === undefined && beside.includes(image === undefined ? 'text' : 'image');
}

function toMessage({ role, results, rest }: Turn): Message {
  const content = results.length === 0 ? rest : [...results, ...rest];
  if (content.length === 0) {
    return { role, content: [{ text: EMPTY_TEXT }] };
  }
  const hasDocument = content.some((block) => block.document !== undefined);
  const hasText = content.some((block) => block.text !== undefined && block.text.trim() !== '');
  return { role, content: hasDocument && !hasText ? [...content, { text: DOCUMENT_TEXT }] : content };
}
