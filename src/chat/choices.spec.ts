import type { ChatCompletion, ChatCompletionChunk, CompletionUsage } from '../openai/chat-completion.js';
import { allOrFirstFailure, mergeCompletions, mergeStreams, sumUsage } from './choices.js';

const usage = (prompt: number, output: number, cached?: number): CompletionUsage => ({
  prompt_tokens: prompt,
  completion_tokens: output,
  total_tokens: prompt + output,
  ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
});

function completion(index: number, used?: CompletionUsage): ChatCompletion {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      {
        index,
        logprobs: null,
        finish_reason: 'stop',
        message: { role: 'assistant', content: `answer ${index}`, refusal: null },
      },
    ],
    ...(used === undefined ? {} : { usage: used }),
  };
}

function chunk(index: number | null, text = '', used?: CompletionUsage): ChatCompletionChunk {
  const choices = index === null ? [] : [{ index, delta: { content: text }, logprobs: null, finish_reason: null }];
  return { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices, usage: used ?? null };
}

async function* stream(...chunks: ChatCompletionChunk[]): AsyncGenerator<ChatCompletionChunk> {
  yield* chunks;
}

async function* failing(): AsyncGenerator<ChatCompletionChunk> {
  yield chunk(1, 'b');
  throw new Error('upstream failed');
}

describe(sumUsage.name, () => {
  it('adds the reasoning tokens of those that tell them', () => {
    const thoughtful = { ...usage(1, 5), completion_tokens_details: { reasoning_tokens: 2 } };
    expect(sumUsage([thoughtful, usage(1, 1), thoughtful])).toMatchObject({
      completion_tokens_details: { reasoning_tokens: 4 },
    });
    expect(sumUsage([usage(1, 1), usage(1, 1)])).not.toHaveProperty('completion_tokens_details');
  });

  it('adds every class, also one that only some report', () => {
    expect(sumUsage([usage(10, 2), usage(10, 3, 4)])).toEqual({
      prompt_tokens: 20,
      completion_tokens: 5,
      total_tokens: 25,
      prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: undefined },
    });
  });

  it('is unknown when one part is', () => {
    expect(sumUsage([usage(10, 2), undefined])).toBeUndefined();
  });
});

describe(mergeCompletions.name, () => {
  it('puts the choices in one answer with the sum of the usage', () => {
    const merged = mergeCompletions([completion(0, usage(5, 1)), completion(1, usage(5, 2))]);
    expect(merged.choices.map((choice) => [choice.index, choice.message.content])).toEqual([
      [0, 'answer 0'],
      [1, 'answer 1'],
    ]);
    expect(merged.usage?.total_tokens).toBe(13);
  });

  it('has no usage when a choice has none', () => {
    expect(mergeCompletions([completion(0, usage(5, 1)), completion(1)])).not.toHaveProperty('usage');
  });
});

describe(mergeStreams.name, () => {
  it('ends without usage when nobody asked for it', async () => {
    const texts: unknown[] = [];
    for await (const value of mergeStreams([stream(chunk(0, 'a')), stream(chunk(1, 'b'))])) {
      texts.push(value.choices[0]?.delta.content);
    }
    expect(new Set(texts)).toEqual(new Set(['a', 'b']));
  });

  it('passes the chunks of all streams and sums their usage in one last chunk', async () => {
    const merged: ChatCompletionChunk[] = [];
    const sources = [
      stream(chunk(0, 'a'), chunk(null, '', usage(5, 1))),
      stream(chunk(1, 'b'), chunk(null, '', usage(5, 2))),
    ];
    for await (const value of mergeStreams(sources)) {
      merged.push(value);
    }
    expect(merged.flatMap((value) => value.choices.map((choice) => choice.index)).toSorted((a, b) => a - b)).toEqual([
      0, 1,
    ]);
    expect(merged.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 13 } });
    expect(merged).toHaveLength(3);
  });

  it('has no usage when a stream has none', async () => {
    const merged: ChatCompletionChunk[] = [];
    for await (const value of mergeStreams([stream(chunk(0, 'a'), chunk(null, '', usage(5, 1))), stream(chunk(1))])) {
      merged.push(value);
    }
    expect(merged.map((value) => value.usage)).toEqual([null, null]);
  });

  it('ends the other streams when one fails', async () => {
    let ended = false;
    async function* endless(): AsyncGenerator<ChatCompletionChunk> {
      try {
        for (;;) {
          yield chunk(0, 'a');
        }
      } finally {
        ended = true;
      }
    }
    const read = async () => {
      for await (const value of mergeStreams([endless(), failing()])) {
        expect(value.choices).toHaveLength(1);
      }
    };
    await expect(read()).rejects.toThrow('upstream failed');
    await new Promise(setImmediate);
    expect(ended).toBe(true);
  });

  it('keeps a failure for a reader that is slow', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    try {
      const merged = mergeStreams([failing(), stream(chunk(0, 'a'))]);
      await merged.next();
      await new Promise(setImmediate);
      expect(unhandled).toEqual([]);
      await expect(merged.next().then(() => merged.next())).rejects.toThrow('upstream failed');
    } finally {
      process.off('unhandledRejection', onUnhandled);
    }
  });
});

describe(allOrFirstFailure.name, () => {
  it('keeps the order', async () => {
    await expect(allOrFirstFailure([Promise.resolve('a'), Promise.resolve('b')])).resolves.toEqual(['a', 'b']);
  });

  it('fails only when every call has ended', async () => {
    const slow = Promise.withResolvers<string>();
    let failed = false;
    const all = allOrFirstFailure([Promise.reject(new Error('first')), slow.promise]).catch(() => {
      failed = true;
    });
    await new Promise(setImmediate);
    expect(failed).toBe(false);
    slow.resolve('late');
    await all;
    expect(failed).toBe(true);
  });
});
