import type { ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { parseExactly } from '../../exact-json.js';
import { FrameDecoder, type Frame } from './frame-decoder.js';
import { toStreamOutput } from './from-wire.js';
import type { AnswerFlow } from './http-sender.js';
import { isExceptionEvent } from '../exception-events.js';
import { atTurnEnd } from '../../../common/turn-end.js';
import { toStreamException, withoutQuote } from './service-error.js';

/** Events that may wait for their reader before the socket is told to stop, and to go on. */
const WAITING_MAX = 64;
const WAITING_LOW = 16;

interface Waiter {
  resolve(result: IteratorResult<ConverseStreamOutput, undefined>): void;
  reject(error: unknown): void;
}

/** The events of one stream as they come, with backpressure to the socket. For one reader. */
export class ConverseEvents implements AsyncIterableIterator<ConverseStreamOutput, undefined> {
  private readonly decoder = new FrameDecoder();
  private events: ConverseStreamOutput[] = [];
  private taken = 0;
  private readonly waiters: Waiter[] = [];
  private outcome: { error?: unknown } | undefined;
  private isPaused = false;
  private isWaking = false;

  constructor(
    private readonly flow: AnswerFlow,
    private readonly awsRequestId: string | undefined,
  ) {}

  /** @throws Error for bytes that are no event stream, and for the exception that one of them holds */
  write(chunk: Buffer): void {
    this.decoder.push(chunk, this.take);
    if (!this.isPaused && this.waiting > WAITING_MAX) {
      this.isPaused = true;
      this.flow.pause();
    }
  }

  /** @throws Error when the bytes ended inside an event */
  end(): void {
    this.decoder.end();
    this.close({});
  }

  /** Thrown to the reader after the events before it. */
  fail(error: unknown): void {
    this.close({ error });
  }

  next(): Promise<IteratorResult<ConverseStreamOutput, undefined>> {
    const value = this.events[this.taken];
    if (value !== undefined && this.waiters.length === 0) {
      this.drop();
      return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve, reject) => {
      this.waiters.push({ resolve, reject });
      if (this.outcome !== undefined) this.wakeLater();
    });
  }

  /** Ends the reading at once, also while an event is waited for. */
  return(): Promise<IteratorResult<ConverseStreamOutput, undefined>> {
    this.events = [];
    this.taken = 0;
    this.close({});
    this.wake();
    this.flow.abort();
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private get waiting(): number {
    return this.events.length - this.taken;
  }

  private readonly take = ({ headers, payload }: Frame): void => {
    const type = headers[':message-type'];
    if (type === 'error') {
      throw toStreamException(
        headers[':error-code'] ?? 'UnknownError',
        headers[':error-message'] ?? payload,
        this.awsRequestId,
      );
    }
    if (type === 'exception') {
      throw toStreamException(headers[':exception-type'] ?? 'UnknownException', payload, this.awsRequestId);
    }
    const eventType = headers[':event-type'] ?? '';
    if (isExceptionEvent(eventType)) {
      throw toStreamException(eventType, payload, this.awsRequestId);
    }
    const event = toStreamOutput(eventType, payload === '' ? {} : parsed(payload));
    if (event === undefined || this.outcome !== undefined) return;
    this.events.push(event);
    this.wakeLater();
  };

  private drop(): void {
    this.taken += 1;
    if (this.taken === this.events.length) {
      this.events = [];
      this.taken = 0;
    }
    if (this.isPaused && this.waiting <= WAITING_LOW) {
      this.isPaused = false;
      this.flow.resume();
    }
  }

  private close(outcome: { error?: unknown }): void {
    this.outcome ??= outcome;
    this.wakeLater();
  }

  private wakeLater(): void {
    if (this.isWaking || this.waiters.length === 0) return;
    this.isWaking = true;
    atTurnEnd(this.wake);
  }

  private readonly wake = (): void => {
    this.isWaking = false;
    while (this.waiting > 0 || this.outcome !== undefined) {
      const waiter = this.waiters.shift();
      if (waiter === undefined) return;
      this.serve(waiter);
    }
  };

  private serve(waiter: Waiter): void {
    const value = this.events[this.taken];
    if (value !== undefined) {
      this.drop();
      waiter.resolve({ done: false, value });
      return;
    }
    // Whoever waits first learns of the failure; after it the stream is at its end.
    const outcome = this.outcome ?? {};
    this.outcome = {};
    if ('error' in outcome) waiter.reject(outcome.error);
    else waiter.resolve(DONE);
  }
}

function parsed(payload: string): unknown {
  try {
    return parseExactly(payload);
  } catch (error) {
    throw withoutQuote(error);
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };
