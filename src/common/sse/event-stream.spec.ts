import { GatewayError } from '../errors/gateway-error.js';
import { toEventStream } from './event-stream.js';

function options(heartbeatMs = 60_000) {
  const calls: string[] = [];
  return {
    calls,
    heartbeatMs,
    onFirstFrame: () => void calls.push('first'),
    onFailure: () => void calls.push('failure'),
  };
}

async function collect(stream: AsyncIterable<string>): Promise<string[]> {
  const frames: string[] = [];
  for await (const frame of stream) {
    frames.push(frame);
  }
  return frames;
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

describe(toEventStream.name, () => {
  it('frames every value and ends with [DONE]', async () => {
    const seen = options();
    expect(await collect(toEventStream(two(), seen))).toEqual([
      'data: {"a":"ü"}\n\n',
      'data: {"b":2}\n\n',
      'data: [DONE]\n\n',
    ]);
    expect(seen.calls).toEqual(['first']);
  });

  it('throws a failure before the first frame, so that it gets a real status', async () => {
    const seen = options();
    await expect(collect(toEventStream(failing(0), seen))).rejects.toMatchObject({ status: 502 });
    expect(seen.calls).toEqual([]);
  });

  it('writes a later failure as an error frame without [DONE]', async () => {
    const seen = options();
    const frames = await collect(toEventStream(failing(1), seen));
    expect(frames).toEqual([
      'data: {"index":0}\n\n',
      'data: {"error":{"message":"Bedrock ended the stream.","type":"server_error","param":null,"code":"upstream_truncated"}}\n\n',
    ]);
    expect(seen.calls).toEqual(['first', 'failure']);
  });

  it('sends comments while the source is silent', async () => {
    const silence = Promise.withResolvers<void>();
    async function* source() {
      yield 1;
      await silence.promise;
      yield 2;
    }
    const frames: string[] = [];
    for await (const frame of toEventStream(source(), options(1))) {
      frames.push(frame);
      if (frame.startsWith(':')) {
        silence.resolve();
      }
    }
    expect(frames[1]).toBe(': keep-alive\n\n');
    expect(frames.slice(-2)).toEqual(['data: 2\n\n', 'data: [DONE]\n\n']);
  });

  it('ends the source when the reader leaves', async () => {
    let ended = false;
    async function* source() {
      try {
        for (;;) {
          yield 1;
        }
      } finally {
        ended = true;
      }
    }
    const stream = toEventStream(source(), options());
    await stream.next();
    await stream.return?.();
    expect(ended).toBe(true);
  });

  it('tells a silent source at once that the reader has left, and nobody of what becomes of it', async () => {
    const seen = options();
    const silence = Promise.withResolvers<IteratorResult<number>>();
    const answers = [Promise.resolve({ done: false, value: 1 }), silence.promise];
    let isTold = false;
    const source = {
      next: () => answers.shift() ?? Promise.reject(new Error('Asked for more.')),
      return: () => {
        isTold = true;
        return Promise.resolve({ done: true as const, value: undefined });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    const stream = toEventStream(source, seen);
    await stream.next();
    const pending = stream.next();
    await stream.return?.();
    expect(isTold).toBe(true);
    silence.reject(new Error('aborted'));
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(seen.calls).toEqual(['first']);
  });
});
