import type { ChatCompletion, CompletionUsage } from '../openai/chat-completion.js';

function sum(left: number | undefined, right: number | undefined): number | undefined {
  return left === undefined && right === undefined ? undefined : (left ?? 0) + (right ?? 0);
}

/** What the client pays for all choices together. Undefined when Bedrock reported nothing for one of them. */
export function sumUsage(usages: readonly (CompletionUsage | undefined)[]): CompletionUsage | undefined {
  return usages.reduce((total, usage) => {
    if (total === undefined || usage === undefined) {
      return undefined;
    }
    const [left, right] = [total.prompt_tokens_details, usage.prompt_tokens_details];
    const details = {
      cached_tokens: sum(left?.cached_tokens, right?.cached_tokens),
      cache_write_tokens: sum(left?.cache_write_tokens, right?.cache_write_tokens),
    };
    const thoughts = sum(
      total.completion_tokens_details?.reasoning_tokens,
      usage.completion_tokens_details?.reasoning_tokens,
    );
    return {
      prompt_tokens: total.prompt_tokens + usage.prompt_tokens,
      completion_tokens: total.completion_tokens + usage.completion_tokens,
      total_tokens: total.total_tokens + usage.total_tokens,
      ...(left === undefined && right === undefined ? {} : { prompt_tokens_details: details }),
      ...(thoughts === undefined ? {} : { completion_tokens_details: { reasoning_tokens: thoughts } }),
    };
  });
}

/** `n` answers as one with `n` choices. Converse has no `n`, so each choice was a call of its own. */
export function mergeCompletions(completions: readonly [ChatCompletion, ...ChatCompletion[]]): ChatCompletion {
  const usage = sumUsage(completions.map((completion) => completion.usage));
  const { usage: _own, ...first } = completions[0];
  return {
    ...first,
    choices: completions.flatMap((completion) => completion.choices),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** A chunk of chat completions or of the legacy ones. */
interface Chunk {
  /** Empty in the usage chunk only. */
  choices: readonly unknown[];
  usage?: CompletionUsage | null;
}

type Source<T> = AsyncIterableIterator<T>;
type Next<T> = Promise<{ source: Source<T>; result: IteratorResult<T> }>;

async function nextOf<T>(source: Source<T>): Next<T> {
  return { source, result: await source.next() };
}

/**
 * Asks for the next chunk before the last ones are taken. A failure waits for its turn: a reader that is slow comes to it
 * late, and a rejection that nobody has looked at until then would end the process.
 */
function advance<T>(source: Source<T>): Next<T> {
  const next = nextOf(source);
  next.catch(() => undefined);
  return next;
}

/** A stream that is not read on has settled its attempt when this resolves; its failure interests nobody any more. */
async function ended<T extends Chunk>(source: Source<T>, next: Next<T>): Promise<void> {
  await Promise.allSettled([next, source.return?.()]);
}

/**
 * All results or, once every call has ended, the first failure: each is billed, and none may go on after the request
 * is closed.
 */
export async function allOrFirstFailure<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(calls);
  return results.map((result) => {
    if (result.status === 'rejected') {
      throw result.reason;
    }
    return result.value;
  });
}

/**
 * `n` streams as one: chunks come as they are made, and one usage chunk with the sum comes last, unless one of them has
 * none. The first failure ends them all.
 */
export async function* mergeStreams<T extends Chunk>(sources: readonly Source<T>[]): AsyncGenerator<T> {
  const pending = new Map<Source<T>, Next<T>>(sources.map((source) => [source, advance(source)]));
  const usageChunks: T[] = [];
  try {
    while (pending.size > 0) {
      const { source, result } = await Promise.race(pending.values());
      // Put back at the end, so that a stream that is always ready does not keep the others waiting.
      pending.delete(source);
      if (result.done) {
        continue;
      }
      pending.set(source, advance(source));
      if (result.value.choices.length === 0) {
        usageChunks.push(result.value);
      } else {
        yield result.value;
      }
    }
    const [first] = usageChunks;
    const usage =
      usageChunks.length === sources.length
        ? sumUsage(usageChunks.map((chunk) => chunk.usage ?? undefined))
        : undefined;
    if (first !== undefined && usage !== undefined) {
      yield { ...first, usage };
    }
  } finally {
    await Promise.all([...pending].map(([source, next]) => ended(source, next)));
  }
}
