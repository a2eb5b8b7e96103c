import { ConverseEvents } from './converse-events.js';
import type { AnswerFlow, AnswerHead, AnswerReader } from './http-sender.js';
import { requestIdOf } from './service-error.js';
import { WholeReader } from './whole-reader.js';

/** Reads a stream of events as it comes, or the error in its place. */
export class StreamReader implements AnswerReader {
  private events: ConverseEvents | undefined;
  private whole: WholeReader | undefined;

  constructor(
    private readonly opened: (head: AnswerHead, events: ConverseEvents) => void,
    private readonly fail: (error: unknown) => void,
  ) {}

  head(head: AnswerHead, flow: AnswerFlow): void {
    if (head.status >= 300) {
      this.whole = new WholeReader(() => undefined, this.fail);
      this.whole.head(head);
    } else {
      this.events = new ConverseEvents(flow, requestIdOf(head));
      this.opened(head, this.events);
    }
  }

  data(chunk: Buffer): void {
    this.events?.write(chunk);
    this.whole?.data(chunk);
  }

  end(): void {
    this.events?.end();
    this.whole?.end();
  }

  failed(error: unknown): void {
    if (this.events === undefined) this.fail(error);
    else this.events.fail(error);
  }
}
