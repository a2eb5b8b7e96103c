/** Changes a text that comes in pieces; what it cannot decide yet it holds back. The split never changes the result. */
export interface TextFilter {
  /** What can be said of the text so far and was not said before. */
  push(text: string): string;
  /** The rest, once the text has ended. */
  end(): string;
}

/** Cuts a text before the stop sequence that is complete first, as Bedrock does where the model takes them. */
export class StopFilter implements TextFilter {
  private held = '';
  private stopped = false;

  constructor(private readonly sequences: readonly string[]) {}

  /** A stop sequence was met: nothing follows. */
  get isStopped(): boolean {
    return this.stopped;
  }

  push(text: string): string {
    if (this.stopped) {
      return '';
    }
    const all = this.held + text;
    const start = this.startOfFirst(all);
    if (start !== undefined) {
      this.stopped = true;
      this.held = '';
      return all.slice(0, start);
    }
    const length = Math.max(0, ...this.sequences.map((sequence) => overlap(all, sequence)));
    this.held = all.slice(all.length - length);
    return all.slice(0, all.length - length);
  }

  end(): string {
    const rest = this.held;
    this.held = '';
    return rest;
  }

  private startOfFirst(text: string): number | undefined {
    const found = this.sequences
      .map((sequence) => ({ start: text.indexOf(sequence), length: sequence.length }))
      .filter(({ start }) => start >= 0)
      .sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start);
    return found[0]?.start;
  }
}

/** How much of the end of the text may be the beginning of the sequence. */
function overlap(text: string, sequence: string): number {
  for (let length = Math.min(sequence.length - 1, text.length); length > 0; length -= 1) {
    if (text.endsWith(sequence.slice(0, length))) {
      return length;
    }
  }
  return 0;
}

const FENCE = '```';
const OPENING = /^\s*```(?:json[a-z0-9]*)?\s*(?=[^\s`a-z])/i;
const MAYBE_OPENING = /^\s*(?:`{0,2}|```[a-z0-9]*\s*)$/i;
/** A fence at the start of a line: no JSON text holds a raw line break inside a string. */
const CLOSING_LINE = /\n[ \t]*```/;

/** Takes off the code fence that models put around JSON, and what they say after it. Other text stays as it is. */
export class FenceFilter implements TextFilter {
  private held = '';
  private place: 'start' | 'fenced' | 'plain' | 'closed' = 'start';

  push(text: string): string {
    if (this.place === 'plain') {
      return text;
    }
    this.held += text;
    if (this.place === 'start' && !MAYBE_OPENING.test(this.held)) {
      this.place = OPENING.test(this.held) ? 'fenced' : 'plain';
      this.held = this.held.replace(OPENING, '');
    }
    switch (this.place) {
      case 'plain':
        return this.end();
      case 'fenced':
        return this.inFence();
      default:
        return '';
    }
  }

  end(): string {
    const rest = this.held;
    this.held = '';
    const isClosing = this.place === 'fenced' && rest.trim() === FENCE;
    return isClosing || this.place === 'closed' ? '' : rest;
  }

  private inFence(): string {
    const closing = CLOSING_LINE.exec(this.held);
    const end = closing?.index ?? startOfClosing(this.held);
    const inside = this.held.slice(0, end);
    this.held = this.held.slice(end);
    if (closing !== null) {
      this.place = 'closed';
    }
    return inside;
  }
}

const WRAPPER = '{"properties":{';
const OPENING_WRAPPER = /^\s*\{\s*"properties"\s*:\s*(?=\{)/;

/**
 * Takes off the `properties` that some models put around the input of a tool, as if they wrote its schema, and what
 * else they say of it. Other text stays as it is.
 */
export class WrapperFilter implements TextFilter {
  private held = '';
  private place: 'start' | 'wrapped' | 'plain' | 'closed' = 'start';
  private depth = 0;
  private inString = false;
  private isEscaped = false;

  push(text: string): string {
    if (this.place !== 'start') {
      return this.pass(text);
    }
    this.held += text;
    const bare = this.held.replaceAll(/\s/g, '');
    if (bare.length < WRAPPER.length && WRAPPER.startsWith(bare)) {
      return '';
    }
    this.place = OPENING_WRAPPER.test(this.held) ? 'wrapped' : 'plain';
    return this.pass(this.end().replace(this.place === 'wrapped' ? OPENING_WRAPPER : '', ''));
  }

  end(): string {
    const rest = this.held;
    this.held = '';
    return rest;
  }

  private pass(text: string): string {
    if (this.place === 'plain') return text;
    if (this.place === 'closed') return '';
    for (let index = 0; index < text.length; index += 1) {
      this.read(text.charAt(index));
      if (this.depth === 0) {
        this.place = 'closed';
        return text.slice(0, index + 1);
      }
    }
    return text;
  }

  private read(char: string): void {
    if (this.isEscaped) this.isEscaped = false;
    else if (char === '"') this.inString = !this.inString;
    else if (this.inString) this.isEscaped = char === '\\';
    else if (char === '{') this.depth += 1;
    else if (char === '}') this.depth -= 1;
  }
}

/** Where blanks and backticks begin that may turn out to be the closing fence at the end of the text. */
function startOfClosing(text: string): number {
  let start = text.trimEnd().length;
  for (let count = 0; count < FENCE.length && text[start - 1] === '`'; count += 1) {
    start -= 1;
  }
  return text.slice(0, start).trimEnd().length;
}

/** The filters of one text, the first one nearest to the model. */
export class TextFilters implements TextFilter {
  constructor(private readonly filters: readonly TextFilter[]) {}

  push(text: string): string {
    return this.filters.reduce((rest, filter) => filter.push(rest), text);
  }

  end(): string {
    return this.filters.reduce((rest, filter) => filter.push(rest) + filter.end(), '');
  }
}
