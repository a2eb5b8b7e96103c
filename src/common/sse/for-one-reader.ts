const END = { done: true, value: undefined } as const;

const NOTHING: AsyncIterator<never> = {
  next: () => Promise.resolve(END),
  return: () => Promise.resolve(END),
};

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/**
 * A stream that only its first reader can read and end; any other result as it is. Nest ends the stream that a handler
 * returned as soon as the client has left, also when an interceptor reads it on, as metering does.
 */
export function forOneReader<T>(result: T): T {
  if (!isAsyncIterable(result)) return result;
  let isTaken = false;
  const guarded: AsyncIterable<unknown> = {
    [Symbol.asyncIterator]() {
      if (isTaken) return NOTHING;
      isTaken = true;
      return result[Symbol.asyncIterator]();
    },
  };
  return guarded as T;
}
