import { toErrorBody } from '../errors/error-body.js';
import { toGatewayError } from '../errors/to-gateway-error.js';

const DONE_FRAME = 'data: [DONE]\n\n';
const HEARTBEAT_FRAME = ': keep-alive\n\n';

export interface EventStreamOptions {
  /** Called once, right before the first frame; until then the answer can still be a real error status. */
  onFirstFrame(): void;
  /** Told of a failure after the first frame, which the client sees as an error frame. */
  onFailure(error: unknown): void;
  /** Silence after which a comment frame is sent, so that proxies keep the connection. */
  heartbeatMs: number;
}

const SILENCE = Symbol('silence');
const END = { done: true, value: undefined } as const;

/** Resolves to `SILENCE` when `next` takes longer than `ms`. */
async function orSilence<T>(next: Promise<T>, ms: number): Promise<T | typeof SILENCE> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<typeof SILENCE>((resolve) => {
    timer = setTimeout(resolve, ms, SILENCE);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Server-sent events as OpenAI writes them: `data: <json>` frames and `data: [DONE]` after a stream that ended well.
 * A failure before the first frame is thrown; a later one is a `data: {"error":…}` frame and no `[DONE]`.
 * Format: https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function toEventStream(
  source: AsyncIterable<unknown>,
  options: EventStreamOptions,
): AsyncIterableIterator<string, undefined> {
  return new EventStream(source[Symbol.asyncIterator](), options);
}

/** No generator: `return` of one waits for a `next` that is under way, and a silent source would never learn of it. */
class EventStream implements AsyncIterableIterator<string, undefined> {
  /** What the source was asked for and has not given yet. */
  private pending: Promise<IteratorResult<unknown>> | undefined;
  private hasBegun = false;
  private hasEnded = false;
  private isLeft = false;

  constructor(
    private readonly source: AsyncIterator<unknown>,
    private readonly options: EventStreamOptions,
  ) {}

  async next(): Promise<IteratorResult<string, undefined>> {
    if (this.hasEnded) {
      return END;
    }
    try {
      this.pending ??= this.source.next();
      const result = this.hasBegun ? await orSilence(this.pending, this.options.heartbeatMs) : await this.pending;
      return this.isLeft ? END : { done: false, value: this.toFrame(result) };
    } catch (error) {
      this.hasEnded = true;
      if (this.isLeft) {
        return END;
      }
      if (!this.hasBegun) {
        throw error;
      }
      this.options.onFailure(error);
      return { done: false, value: `data: ${JSON.stringify(toErrorBody(toGatewayError(error, '', '')))}\n\n` };
    }
  }

  /** The client left: whoever produces the stream learns of it here, and the connection does not wait for that. */
  return(): Promise<IteratorResult<string, undefined>> {
    if (!this.hasEnded) {
      this.hasEnded = true;
      this.isLeft = true;
      void this.source.return?.();
    }
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private toFrame(result: IteratorResult<unknown> | typeof SILENCE): string {
    if (result === SILENCE) {
      return HEARTBEAT_FRAME;
    }
    this.pending = undefined;
    if (!this.hasBegun) {
      this.hasBegun = true;
      this.options.onFirstFrame();
    }
    if (result.done) {
      this.hasEnded = true;
      return DONE_FRAME;
    }
    return `data: ${JSON.stringify(result.value)}\n\n`;
  }
}
