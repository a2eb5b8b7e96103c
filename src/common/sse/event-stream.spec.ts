import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { GatewayError } from '../errors/gateway-error.js';
import { cutAnswer } from '../http/on-cut.js';
import { sendEventStream } from './event-stream.js';

const CUT = new GatewayError('Too late.', { status: 503, type: 'server_error' });

function options(heartbeatMs = 60_000, beginMs = 0) {
  const calls: string[] = [];
  return {
    calls,
    heartbeatMs,
    beginMs,
    onFirstFrame: () => void calls.push('first'),
    onFirstChunk: () => void calls.push('chunk'),
    onFailure: () => void calls.push('failure'),
  };
}

/** A client that reads what is in `read`; it has room for so many bytes that it has not read. */
function client(highWaterMark = 64 * 1024) {
  const stream = new PassThrough({ highWaterMark, encoding: 'utf8' });
  const writeHead = () => stream;
  return { stream, response: Object.assign(stream, { writeHead }) as unknown as ServerResponse };
}

async function collect(source: AsyncIterable<unknown>, seen = options()): Promise<string[]> {
  const { stream, response } = client();
  await sendEventStream(source, response, seen);
  return (await stream.toArray()).join('').split(/(?<=\n\n)/);
}

async function* two(): AsyncGenerator<object> {
  yield { a: 'ü' };
  yield { b: 2 };
}

async function* failing(after: number): AsyncGenerator<object> {
  for (let index = 0; index < after; index += 1) {
    yield { index };
  }
  throw new GatewayError('Bedrock ended the stream.', {
    status: 502,
    type: 'server_error',
    code: 'upstream_truncated',
  });
}

/** A source that answers with these, tells whether it was ended, and refuses to be asked for more. */
function scripted(...answers: Promise<IteratorResult<unknown>>[]) {
  const source = {
    asked: 0,
    isTold: false,
    next: () => {
      source.asked += 1;
      return answers.shift() ?? Promise.reject(new Error('Asked for more.'));
    },
    return: () => {
      source.isTold = true;
      return Promise.resolve({ done: true as const, value: undefined });
    },
    [Symbol.asyncIterator]() {
      return source;
    },
  };
  return source;
}

/** A stream that has begun although its source has said nothing. */
async function begun(first: Promise<IteratorResult<unknown>>) {
  const seen = options(60_000, 1);
  const { stream, response } = client();
  const done = Promise.resolve({ done: true as const, value: undefined });
  await sendEventStream(scripted(first, done), response, seen);
  expect(seen.calls).toEqual(['first']);
  expect(await once(stream, 'data')).toEqual([': keep-alive\n\n']);
  return { seen, stream };
}

describe(sendEventStream.name, () => {
  it('ends a stream with an error frame when a chunk cannot be written', async () => {
    const seen = options();
    const source = scripted(
      Promise.resolve({ done: false, value: { a: 1 } }),
      Promise.resolve({ done: false, value: { a: 1n } }),
    );
    const frames = await collect(source, seen);
    expect(frames).toEqual(['data: {"a":1}\n\n', expect.stringContaining('"error"')]);
    expect(seen.calls).toEqual(['chunk', 'first', 'failure']);
    expect(source.isTold).toBe(true);
  });

  it('frames every value and ends with [DONE]', async () => {
    const seen = options();
    expect(await collect(two(), seen)).toEqual(['data: {"a":"ü"}\n\n', 'data: {"b":2}\n\n', 'data: [DONE]\n\n']);
    expect(seen.calls).toEqual(['chunk', 'first']);
  });

  it('throws a failure before the first frame, so that it gets a real status', async () => {
    const seen = options();
    await expect(collect(failing(0), seen)).rejects.toMatchObject({ status: 502 });
    expect(seen.calls).toEqual([]);
  });

  it('writes a later failure as an error frame without [DONE]', async () => {
    const seen = options();
    expect(await collect(failing(1), seen)).toEqual([
      'data: {"index":0}\n\n',
      'data: {"error":{"message":"Bedrock ended the stream.","type":"server_error","param":null,"code":"upstream_truncated"}}\n\n',
    ]);
    expect(seen.calls).toEqual(['chunk', 'first', 'failure']);
  });

  it('writes at once what is ready, and together what is ready together', async () => {
    const more = Promise.withResolvers<void>();
    async function* source() {
      yield 1;
      yield 2;
      await more.promise;
      yield 3;
    }
    const { stream, response } = client();
    await sendEventStream(source(), response, options());
    expect(await once(stream, 'data')).toEqual(['data: 1\n\ndata: 2\n\n']);
    more.resolve();
    expect(await once(stream, 'data')).toEqual(['data: 3\n\ndata: [DONE]\n\n']);
  });

  it('asks for no more than the client takes', async () => {
    let made = 0;
    async function* source() {
      while (made < 10_000) yield (made += 1);
    }
    const { stream, response } = client(1_000);
    await sendEventStream(source(), response, options());
    await new Promise(setImmediate);
    const before = made;
    expect(before).toBeLessThan(5_000);
    await new Promise(setImmediate);
    expect(made).toBe(before);
    const frames = (await stream.toArray()).join('').split(/(?<=\n\n)/);
    expect(frames).toHaveLength(10_001);
    expect(frames.at(-2)).toBe('data: 10000\n\n');
  });

  it('sends comments while the source is silent', async () => {
    const silence = Promise.withResolvers<void>();
    async function* source() {
      yield 1;
      await silence.promise;
      yield 2;
    }
    const { stream, response } = client();
    await sendEventStream(source(), response, options(1));
    const frames: string[] = [];
    for await (const text of stream) {
      frames.push(text as string);
      if (frames.at(-1) === ': keep-alive\n\n') silence.resolve();
    }
    expect(frames[0]).toBe('data: 1\n\n');
    expect(frames[1]).toBe(': keep-alive\n\n');
    expect(frames.at(-1)).toBe('data: 2\n\ndata: [DONE]\n\n');
  });

  describe('when the source is silent for long before its first frame', () => {
    it('begins with a comment, and goes on as always', async () => {
      const first = Promise.withResolvers<IteratorResult<unknown>>();
      const { seen, stream } = await begun(first.promise);
      first.resolve({ done: false, value: 1 });
      expect((await stream.toArray()).join('')).toBe('data: 1\n\ndata: [DONE]\n\n');
      expect(seen.calls).toEqual(['first', 'chunk']);
    });

    it('writes a failure as an error frame', async () => {
      const first = Promise.withResolvers<IteratorResult<unknown>>();
      const { seen, stream } = await begun(first.promise);
      first.reject(new GatewayError('Too slow.', { status: 504, type: 'server_error', code: 'upstream_timeout' }));
      expect((await stream.toArray()).join('')).toMatch(/^data: {"error":{"message":"Too slow\."/);
      expect(seen.calls).toEqual(['first', 'failure']);
    });
  });

  it('tells a silent source at once that the client has left, and nobody of what becomes of it', async () => {
    const seen = options();
    const silence = Promise.withResolvers<IteratorResult<number>>();
    const source = scripted(Promise.resolve({ done: false, value: 1 }), silence.promise);
    const { stream, response } = client();
    await sendEventStream(source, response, seen);
    stream.destroy();
    await once(stream, 'close');
    expect(source.isTold).toBe(true);
    silence.reject(new Error('aborted'));
    await new Promise(setImmediate);
    expect(source.asked).toBe(2);
    expect(seen.calls).toEqual(['chunk', 'first']);
  });

  it('ends with an error frame and without [DONE] when it is cut, and tells its source', async () => {
    const seen = options();
    const source = scripted(Promise.resolve({ done: false, value: 1 }), new Promise(() => undefined));
    const { stream, response } = client();
    await sendEventStream(source, response, seen);
    cutAnswer(response, CUT);
    expect((await stream.toArray()).join('')).toMatch(/^data: 1\n\ndata: {"error":{"message":"Too late\.".*}}\n\n$/);
    expect(source.isTold).toBe(true);
    expect(seen.calls).toEqual(['chunk', 'first', 'failure']);
  });

  it('leaves the answer to others when it is cut before the first frame', async () => {
    const seen = options();
    const late = Promise.withResolvers<IteratorResult<number>>();
    const source = scripted(late.promise);
    const { stream, response } = client();
    const sent = sendEventStream(source, response, seen);
    cutAnswer(response, CUT);
    await sent;
    late.resolve({ done: false, value: 1 });
    await new Promise(setImmediate);
    expect([source.isTold, seen.calls, stream.readableLength]).toEqual([true, [], 0]);
  });

  it('asks nothing of the source when the answer has ended before', async () => {
    const source = scripted();
    const { stream, response } = client();
    stream.end();
    await sendEventStream(source, response, options());
    expect(source).toMatchObject({ asked: 0, isTold: true });
  });

  it('waits for nothing when the client leaves before the first frame', async () => {
    const source = scripted(new Promise(() => undefined));
    const { stream, response } = client();
    const sent = sendEventStream(source, response, options());
    stream.destroy();
    await sent;
    expect(source.isTold).toBe(true);
  });

  it('asks nothing of the source when the client has left before', async () => {
    const source = scripted();
    const { stream, response } = client();
    stream.destroy();
    await sendEventStream(source, response, options());
    expect(source).toMatchObject({ asked: 0, isTold: true });
  });
});
