import { collectGarbage } from '../../test/support/collect-garbage.js';
import { LazyStream } from './lazy-stream.js';

function counted(isEnded: { value: boolean }) {
  async function* numbers() {
    try {
      yield 1;
      yield 2;
    } finally {
      isEnded.value = true;
    }
  }
  return numbers();
}

describe(LazyStream.name, () => {
  it('is opened once, by the first reader', async () => {
    let opened = 0;
    const stream = new LazyStream(() => {
      opened += 1;
      return Promise.resolve(counted({ value: false }));
    });
    expect(opened).toBe(0);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    expect(await stream.next()).toEqual({ done: false, value: 2 });
    expect(await stream.next()).toMatchObject({ done: true });
    expect(opened).toBe(1);
  });

  it('is never opened when it is ended before', async () => {
    const stream = new LazyStream<number>(() => Promise.reject(new Error('opened')));
    expect(await stream.return()).toEqual({ done: true, value: undefined });
    expect(await stream.next()).toEqual({ done: true, value: undefined });
  });

  it('fails with what its opening fails with, and can be ended then', async () => {
    const stream = new LazyStream<number>(() => Promise.reject(new Error('refused')));
    await expect(stream.next()).rejects.toThrow('refused');
    expect(await stream.return()).toEqual({ done: true, value: undefined });
  });

  it('ends what was opened, also while it is being opened', async () => {
    const isEnded = { value: false };
    const source = counted(isEnded);
    const gate = Promise.withResolvers<typeof source>();
    const stream = new LazyStream(() => gate.promise);
    const first = stream.next();
    const ended = stream.return();
    gate.resolve(source);
    expect(await first).toEqual({ done: false, value: 1 });
    await ended;
    expect(isEnded.value).toBe(true);
    expect(await stream.next()).toMatchObject({ done: true });
  });

  it('forgets how it was opened', async () => {
    const { stream, prompt } = (() => {
      const long = { text: 'a long prompt' };
      const read = () => Promise.resolve(counted({ value: long.text === '' }));
      return { stream: new LazyStream(read), prompt: new WeakRef(long) };
    })();
    await stream.next();
    await collectGarbage();
    expect(prompt.deref()).toBeUndefined();
    await stream.return();
  });
});
