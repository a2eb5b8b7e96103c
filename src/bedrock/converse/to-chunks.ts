import type { ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { GatewayError } from '../../common/errors/gateway-error.js';
import type { ChatCompletionChunk, ChatCompletionDelta, FinishReason } from '../../openai/chat-completion.js';
import type { AnswerSummary, StreamContext } from './answer-context.js';
import { isComplete, newAnswerState, type AnswerState } from './answer-state.js';
import { toChoiceExtensions } from './to-choice-extensions.js';
import { toDelta } from './to-delta.js';
import { toFinishReason } from './to-finish-reason.js';
import { toServiceTier } from './to-service-tier.js';
import { thinkingTokensOf } from './thinking-tokens.js';
import { toCompletionUsage } from './to-usage.js';

/** How long the end of a connection may take after the last event; it usually comes with it. */
const END_GRACE_MS = 250;

function toChunk(
  context: StreamContext,
  delta: ChatCompletionDelta,
  finishReason: FinishReason | null,
): ChatCompletionChunk {
  const chunk: ChatCompletionChunk = {
    id: context.id,
    object: 'chat.completion.chunk',
    created: context.created,
    model: context.model,
    choices: [{ index: context.choiceIndex ?? 0, delta, logprobs: null, finish_reason: finishReason }],
  };
  if (context.includeUsage) {
    chunk.usage = null;
  }
  return chunk;
}

function toFinishChunk(context: StreamContext, state: AnswerState): ChatCompletionChunk {
  const chunk = toChunk(context, {}, toFinishReason(state));
  const tier = toServiceTier(state.summary.serviceTier);
  Object.assign(chunk.choices[0] ?? {}, toChoiceExtensions(state));
  if (tier !== undefined) {
    chunk.service_tier = tier;
  }
  return chunk;
}

function toUsageChunk(context: StreamContext, state: AnswerState): ChatCompletionChunk | undefined {
  const { usage, serviceTier } = state.summary;
  const completionUsage = toCompletionUsage(usage, thinkingTokensOf(state.nativeFields));
  if (!context.includeUsage || completionUsage === undefined) {
    return undefined;
  }
  const tier = toServiceTier(serviceTier);
  return {
    id: context.id,
    object: 'chat.completion.chunk',
    created: context.created,
    model: context.model,
    choices: [],
    usage: completionUsage,
    ...(tier === undefined ? {} : { service_tier: tier }),
  };
}

function truncated(): GatewayError {
  return new GatewayError('Bedrock ended the stream before the answer was complete.', {
    status: 502,
    type: 'server_error',
    code: 'upstream_truncated',
  });
}

type EventIterator = AsyncIterator<ConverseStreamOutput> | Iterator<ConverseStreamOutput>;

function iteratorOf(events: AsyncIterable<ConverseStreamOutput> | Iterable<ConverseStreamOutput>): EventIterator {
  return Symbol.asyncIterator in events ? events[Symbol.asyncIterator]() : events[Symbol.iterator]();
}

async function drain(iterator: EventIterator): Promise<void> {
  try {
    while (!(await iterator.next()).done);
  } catch {
    // The answer is whole and settled; how its connection ended is nobody's concern.
  }
}

/** Reads to the end of the connection, so that it can be used again, but does not wait for one that stays open. */
async function endOf(iterator: EventIterator): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, END_GRACE_MS);
  });
  await Promise.race([drain(iterator), grace]);
  clearTimeout(timer);
}

/**
 * A stream of Converse as OpenAI's chunks: the role, the deltas, one finish chunk and, when asked for, one usage
 * chunk. Nothing is read before the first chunk is asked for. The finish chunk is held back until both `messageStop`
 * and `metadata` were seen and `context.onComplete` resolved. Returns what Bedrock said at the end.
 * @throws GatewayError `upstream_truncated` when the stream ends without both
 * @throws whatever `events` throws before it is complete, unchanged
 */
export async function* toChunks(
  events: AsyncIterable<ConverseStreamOutput> | Iterable<ConverseStreamOutput>,
  context: StreamContext,
): AsyncGenerator<ChatCompletionChunk, AnswerSummary> {
  const state = newAnswerState(context);
  const iterator = iteratorOf(events);
  let isReading = true;
  try {
    for (let started = false; !isComplete(state); started = true) {
      const event = await iterator.next();
      if (event.done) {
        isReading = false;
        throw truncated();
      }
      if (!started) {
        yield toChunk(context, { role: 'assistant', content: '' }, null);
      }
      const delta = toDelta(state, event.value);
      if (delta !== undefined) {
        yield toChunk(context, delta, null);
      }
    }
    await context.onComplete(state.summary);
    yield toFinishChunk(context, state);
    const usageChunk = toUsageChunk(context, state);
    if (usageChunk !== undefined) {
      yield usageChunk;
    }
    await endOf(iterator);
    isReading = false;
    return state.summary;
  } finally {
    if (isReading) {
      await iterator.return?.();
    }
  }
}
