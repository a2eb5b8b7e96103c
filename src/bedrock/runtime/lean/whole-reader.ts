import type { AnswerHead, AnswerReader } from './http-sender.js';
import { toServiceError } from './service-error.js';

/** Reads an answer to its end; one with a status of failure becomes an error. */
export class WholeReader implements AnswerReader {
  private readonly chunks: Buffer[] = [];
  private answered: AnswerHead = { status: 0, headers: {} };

  constructor(
    private readonly done: (head: AnswerHead, text: string) => void,
    private readonly fail: (error: unknown) => void,
  ) {}

  head(head: AnswerHead): void {
    this.answered = head;
  }

  data(chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  end(): void {
    const [first, ...others] = this.chunks;
    const bytes = first === undefined || others.length === 0 ? first : Buffer.concat(this.chunks);
    const text = bytes?.toString() ?? '';
    if (this.answered.status >= 300) this.fail(toServiceError(this.answered, text));
    else this.done(this.answered, text);
  }

  failed(error: unknown): void {
    this.fail(error);
  }
}
