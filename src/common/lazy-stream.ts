const END = { done: true, value: undefined } as const;
const NOTHING: AsyncIterator<never, undefined> = { next: () => Promise.resolve(END) };

/**
 * A stream that is opened when it is first read, and never when it is ended before. An async generator would keep what it
 * was called with for as long as it runs; this forgets how it was opened, such as a long prompt.
 */
export class LazyStream<T> implements AsyncIterableIterator<T> {
  private opening: Promise<AsyncIterator<T, unknown>> | undefined;
  private stream: AsyncIterator<T, unknown> | undefined;

  constructor(private open: (() => Promise<AsyncIterator<T, unknown>>) | undefined) {}

  next(): Promise<IteratorResult<T, unknown>> {
    return this.stream?.next() ?? this.opened().then((stream) => stream.next());
  }

  /** Ends the stream once a reading that is under way has ended, as with a generator. */
  async return(): Promise<IteratorResult<T, unknown>> {
    this.open = undefined;
    const stream = await this.opened().catch(() => NOTHING);
    await stream.return?.();
    return END;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private opened(): Promise<AsyncIterator<T, unknown>> {
    this.opening ??= this.begin();
    return this.opening;
  }

  private async begin(): Promise<AsyncIterator<T, unknown>> {
    const { open } = this;
    this.open = undefined;
    this.stream = (await open?.()) ?? NOTHING;
    return this.stream;
  }
}
