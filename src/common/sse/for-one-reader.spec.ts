import { forOneReader } from './for-one-reader.js';

describe(forOneReader.name, () => {
  it('gives the stream to its first reader, whom nobody else can stop', async () => {
    let isEnded = false;
    async function* source() {
      try {
        yield 1;
        yield 2;
      } finally {
        isEnded = true;
      }
    }
    const guarded: AsyncIterable<number> = forOneReader(source());
    const reader = guarded[Symbol.asyncIterator]();
    expect(await reader.next()).toEqual({ done: false, value: 1 });
    const other = guarded[Symbol.asyncIterator]();
    await other.return?.();
    expect(isEnded).toBe(false);
    expect(await other.next()).toEqual({ done: true, value: undefined });
    expect(await reader.next()).toEqual({ done: false, value: 2 });
    await reader.return?.();
    expect(isEnded).toBe(true);
  });

  it('passes any other result on', () => {
    const result = { id: 'a' };
    expect(forOneReader(result)).toBe(result);
  });
});
