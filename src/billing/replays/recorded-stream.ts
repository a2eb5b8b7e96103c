import type { Claim } from './idempotent-responses.js';

/** JSON texts up to a limit of bytes; null once there was more. */
class Recording {
  private json: string[] | null = [];
  private bytes = 0;

  constructor(private readonly bytesMax: number) {}

  add(value: unknown): void {
    const text = JSON.stringify(value);
    this.bytes += Buffer.byteLength(text);
    if (this.bytes > this.bytesMax) this.json = null;
    this.json?.push(text);
  }

  get values(): readonly string[] | null {
    return this.json;
  }
}

/**
 * Passes a handler's stream through and keeps it when it has ended well, whoever read it to its end: the client, or the
 * drain after the client had left. A stream that fails or is cut leaves the request free to be tried again.
 */
export class RecordedStream implements AsyncIterableIterator<unknown> {
  private readonly source: AsyncIterator<unknown>;
  private readonly recording: Recording;
  private ended = false;

  constructor(
    source: AsyncIterable<unknown>,
    private readonly claim: Claim,
    bytesMax: number,
  ) {
    this.source = source[Symbol.asyncIterator]();
    this.recording = new Recording(bytesMax);
  }

  async next(): Promise<IteratorResult<unknown>> {
    let result: IteratorResult<unknown>;
    try {
      result = await this.source.next();
    } catch (error) {
      await this.end(() => this.claim.release());
      throw error;
    }
    if (result.done) {
      const { values } = this.recording;
      await this.end(() => this.claim.keep(values ? { kind: 'stream', json: values } : { kind: 'too_large' }));
    } else {
      this.recording.add(result.value);
    }
    return result;
  }

  async return(): Promise<IteratorResult<unknown>> {
    await this.end(() => this.claim.release());
    await this.source.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private async end(write: () => Promise<void>): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    await write();
  }
}
