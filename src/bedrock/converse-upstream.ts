import type { ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import type { ModelEntry } from '../models/model-entry.js';
import type { ModelRoute } from '../models/model-route.js';
import type { ChatCompletion, ChatCompletionChunk } from '../openai/chat-completion.js';
import type { ChatRequest } from '../openai/chat-request.schema.js';
import { toGatewayError } from './bedrock.errors.js';
import type { AnswerContext } from './converse/answer-context.js';
import { toChatCompletion } from './converse/to-chat-completion.js';
import { toChunks } from './converse/to-chunks.js';
import { toSpendBound } from './converse/to-spend-bound.js';
import { toStreamEvents } from './converse/to-stream-events.js';
import { toTokenUsage } from './converse/to-usage.js';
import { ChatFamilies } from './families/chat-families.js';
import type { ChatFamily, PrepareContext, PreparedConverse } from './families/chat-family.js';
import { withRetries, type RetryPolicy } from './retry.js';
import { BedrockRuntime, type Destination } from './runtime/bedrock-runtime.js';
import { emptyAnswer, isRetryable } from './retryable.js';
import { failedAttempt, finishedAttempt } from './attempt-result.js';
import type { AttemptMeter, AttemptTarget, UpstreamAttempt } from './upstream-attempt.js';

/** What surrounds one chat call. */
export interface ChatCall {
  meter: AttemptMeter;
  prepare: PrepareContext;
  /** Id, time and model name of the answer. */
  answer: AnswerContext;
}

interface OpenStream {
  attempt: UpstreamAttempt;
  events: AsyncIterable<ConverseStreamOutput>;
  awsRequestId: string | undefined;
  firstByteMs: number;
  abort: AbortController;
}

/** The first event again, followed by the rest. */
async function* resumed<T>(first: IteratorResult<T, unknown>, rest: AsyncIterator<T>): AsyncGenerator<T> {
  for (let result = first; !result.done; result = await rest.next()) {
    yield result.value;
  }
}

/** Chat through Converse and ConverseStream: retried before the first byte, each attempt metered. */
@Injectable()
export class ConverseUpstream {
  private readonly retries: RetryPolicy;

  constructor(
    private readonly runtime: BedrockRuntime,
    private readonly families: ChatFamilies,
    private readonly config: AppConfig,
  ) {
    this.retries = {
      attemptsMax: config.awsMaxAttempts,
      baseDelayMs: 200,
      delayMsMax: 5_000,
      random: Math.random,
    };
  }

  /** Resolves when the attempt's event is durable. */
  async complete(request: ChatRequest, route: ModelRoute, call: ChatCall): Promise<ChatCompletion> {
    const { model } = route.candidates[0];
    const family = this.families.for(model);
    const prepared = family.prepare(request, model, call.prepare);
    const admitted = await this.admitted(prepared, family, model, call, false);
    const output = await this.converse(prepared, family, model, admitted, false);
    return toChatCompletion(output, { ...call.answer, ...prepared.answer }).completion;
  }

  /** Nothing is sent to Bedrock until the first chunk is read. */
  async *stream(request: ChatRequest, route: ModelRoute, call: ChatCall): AsyncGenerator<ChatCompletionChunk> {
    const { model } = route.candidates[0];
    const family = this.families.for(model);
    const prepared = family.prepare(request, model, call.prepare);
    const context = {
      ...call.answer,
      ...prepared.answer,
      includeUsage: request.stream_options?.include_usage ?? false,
    };
    const admitted = await this.admitted(prepared, family, model, call, true);
    if (prepared.replay) {
      const output = await this.converse(prepared, family, model, admitted, true);
      yield* toChunks(toStreamEvents(output), { ...context, onComplete: () => Promise.resolve() });
      return;
    }
    const open = await this.retried(() => this.open(prepared, family, model, admitted));
    const { attempt, awsRequestId, firstByteMs } = open;
    try {
      await attempt.recorded;
      yield* toChunks(open.events, {
        ...context,
        onComplete: (summary) => attempt.settle(finishedAttempt(summary.usage, awsRequestId, firstByteMs)),
      });
    } catch (error) {
      await attempt.settle(failedAttempt(error, awsRequestId));
      throw toGatewayError(error);
    } finally {
      // Reached with the attempt open only when the reader gave up on the stream; then Bedrock is told so, too.
      open.abort.abort();
      await attempt.settle({ outcome: 'client_gone', awsRequestId, statusCode: 200, firstByteMs });
    }
  }

  private async retried<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await withRetries(run, isRetryable, this.retries);
    } catch (error) {
      throw toGatewayError(error);
    }
  }

  /** The call on the meter that its reservation belongs to. */
  private async admitted(
    prepared: PreparedConverse,
    family: ChatFamily,
    model: ModelEntry,
    call: ChatCall,
    streamed: boolean,
  ): Promise<ChatCall> {
    const target = this.target(prepared, family, model, streamed);
    const meter = await call.meter.admit(target, () => toSpendBound(prepared.input, model.capabilities));
    return { ...call, meter };
  }

  private target(prepared: PreparedConverse, family: ChatFamily, model: ModelEntry, streamed: boolean): AttemptTarget {
    return {
      operation: 'chat',
      requestedModel: model.requestedId,
      resolvedModel: model.invokeId,
      family: family.name,
      region: this.config.awsRegion,
      serviceTier: prepared.input.serviceTier?.type,
      streamed,
    };
  }

  private destination(): Destination {
    return { region: this.config.awsRegion, account: null };
  }

  private converse(
    prepared: PreparedConverse,
    family: ChatFamily,
    model: ModelEntry,
    call: ChatCall,
    streamed: boolean,
  ) {
    return this.retried(async () => {
      const attempt = call.meter.begin(this.target(prepared, family, model, streamed));
      const startedAt = performance.now();
      try {
        const { signal } = call.meter;
        const { output, awsRequestId } = await this.runtime.converse(this.destination(), prepared.input, { signal });
        const firstByteMs = performance.now() - startedAt;
        await attempt.settle(finishedAttempt(output.usage && toTokenUsage(output.usage), awsRequestId, firstByteMs));
        return output;
      } catch (error) {
        await attempt.settle(failedAttempt(error));
        throw error;
      }
    });
  }

  /** Opens the stream and waits for its first event: until then a failure is still a real status, and retried. */
  private async open(
    prepared: PreparedConverse,
    family: ChatFamily,
    model: ModelEntry,
    call: ChatCall,
  ): Promise<OpenStream> {
    const attempt = call.meter.begin(this.target(prepared, family, model, true));
    const abort = new AbortController();
    const startedAt = performance.now();
    let awsRequestId: string | undefined;
    try {
      const signal = AbortSignal.any([abort.signal, call.meter.signal]);
      const answer = await this.runtime.converseStream(this.destination(), prepared.input, { signal });
      awsRequestId = answer.awsRequestId;
      const iterator = answer.events[Symbol.asyncIterator]();
      const first = await iterator.next();
      if (first.done) {
        throw emptyAnswer();
      }
      const firstByteMs = performance.now() - startedAt;
      return { attempt, events: resumed(first, iterator), awsRequestId, firstByteMs, abort };
    } catch (error) {
      abort.abort();
      await attempt.settle(failedAttempt(error, awsRequestId));
      throw error;
    }
  }
}
