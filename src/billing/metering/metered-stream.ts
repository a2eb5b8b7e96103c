import type { StreamDrains } from './stream-drains.js';
import type { UsageMeter } from './usage-meter.js';

/**
 * Passes a handler's stream through unchanged. Its end is seen only when every attempt of the request is durable;
 * a reader that leaves early is let go at once, while the source is drained in the background.
 */
export class MeteredStream implements AsyncIterableIterator<unknown> {
  private readonly source: AsyncIterator<unknown>;
  /** Tells that the client reads no longer; there once it has begun. */
  private letGo: (() => void) | undefined;
  private ended = false;

  constructor(
    source: AsyncIterable<unknown>,
    private readonly meter: UsageMeter,
    private readonly drains: StreamDrains,
  ) {
    this.source = source[Symbol.asyncIterator]();
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.ended) {
      return { done: true, value: undefined };
    }
    this.letGo ??= this.drains.opened(this);
    let result: IteratorResult<unknown>;
    try {
      result = await this.source.next();
    } catch (error) {
      this.end();
      await this.meter.close('error');
      throw error;
    }
    if (result.done) {
      this.end();
      await this.meter.close('truncated');
    }
    return result;
  }

  /** Ends the reader's side at once. A source that was never read has not called Bedrock and is not started now. */
  async return(): Promise<IteratorResult<unknown>> {
    if (!this.ended) {
      this.end();
      this.meter.clientLeft();
      if (this.letGo) {
        this.drains.start(this.source, this.meter);
      } else {
        await this.source.return?.();
      }
    }
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private end(): void {
    this.ended = true;
    this.letGo?.();
  }
}
