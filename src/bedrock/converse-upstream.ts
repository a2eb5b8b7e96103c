import type { ConverseResponse, ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { Injectable } from '@nestjs/common';
import type { WaitingClient } from '../common/http/waiting-client.js';
import { LazyStream } from '../common/lazy-stream.js';
import type { ModelRoute, RouteCandidate } from '../models/model-route.js';
import type { ChatCompletion, ChatCompletionChunk } from '../openai/chat-completion.js';
import type { ChatRequest } from '../openai/chat-request.schema.js';
import { failedAttempt, finishedAttempt } from './attempt-result.js';
import { toGatewayError } from './bedrock.errors.js';
import { behindArn } from './behind-arn.js';
import type { AnswerContext, AnswerWays, StreamContext } from './converse/answer-context.js';
import { inRequestWords } from './converse/in-request-words.js';
import { toChatCompletion } from './converse/to-chat-completion.js';
import { toChunks } from './converse/to-chunks.js';
import { countSearches } from './converse/system-tools.js';
import { toSpendBound } from './converse/to-spend-bound.js';
import { toStreamEvents } from './converse/to-stream-events.js';
import { toTokenUsage } from './converse/to-usage.js';
import { AttemptEngine } from './engine/attempt-engine.js';
import { metered, type AttemptPlan } from './engine/metered-attempt.js';
import { QuotaSteward } from './engine/quota-steward.js';
import { emptyAnswer } from './engine/verdict.js';
import { ChatFamilies } from './families/chat-families.js';
import type { PrepareContext, PreparedConverse } from './families/chat-family.js';
import { QuotaGate } from './quota/quota-gate.js';
import { BedrockRuntime } from './runtime/bedrock-runtime.js';
import type { AttemptMeter, UpstreamAttempt } from './upstream-attempt.js';

/** What surrounds one chat call. */
export interface ChatCall {
  meter: AttemptMeter;
  client: WaitingClient;
  prepare: PrepareContext;
  /** Id, time and model name of the answer. */
  answer: AnswerContext;
}

/** A request in the words of one candidate's model. */
interface PreparedAttempt extends Pick<AttemptPlan<unknown>, 'target' | 'bound' | 'quota'> {
  candidate: RouteCandidate;
  prepared: PreparedConverse;
  /** Whose answers are alike in length: a key and a model. */
  user: string;
  /** Has a limit that the steward has set. */
  isSized: boolean;
}

interface WholeOutput {
  ways: AnswerWays;
  output: ConverseResponse;
  isSized: boolean;
  firstByteMs: number;
}

interface OpenStream {
  ways: AnswerWays;
  user: string;
  attempt: UpstreamAttempt;
  events: Resumed<ConverseStreamOutput>;
  awsRequestId: string | undefined;
  firstByteMs: number;
}

/** So many times as long as the cut answer a whole one may take. */
const WHOLE_PER_CUT = 2;

/** The first event again, followed by the rest. */
class Resumed<T> implements AsyncIterableIterator<T, unknown> {
  constructor(
    private first: IteratorResult<T, unknown> | undefined,
    private readonly rest: AsyncIterator<T, unknown>,
  ) {}

  next(): Promise<IteratorResult<T, unknown>> {
    const { first } = this;
    this.first = undefined;
    return first === undefined ? this.rest.next() : Promise.resolve(first);
  }

  /** Never fails: a call that cannot be ended properly is over all the same, and its reader has left. */
  async return(): Promise<IteratorResult<T, unknown>> {
    await this.rest.return?.().catch(() => undefined);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** Chat through Converse and ConverseStream: over all candidates before the first byte, each attempt metered. */
@Injectable()
export class ConverseUpstream {
  constructor(
    private readonly runtime: BedrockRuntime,
    private readonly families: ChatFamilies,
    private readonly engine: AttemptEngine,
    private readonly steward: QuotaSteward,
    private readonly quotas: QuotaGate,
  ) {}

  /** Resolves when the attempt's event is durable. */
  async complete(request: ChatRequest, route: ModelRoute, call: ChatCall): Promise<ChatCompletion> {
    const answer = await this.run(request, route, call, (candidate) =>
      this.toWholePlan(this.prepare(request, candidate, call, { streamed: false })),
    );
    const { ways, output } = await this.unabridged(answer, request, route, call, false);
    return toChatCompletion(output, { ...call.answer, ...ways }).completion;
  }

  /** Nothing is sent to Bedrock until the first chunk is read. */
  stream(request: ChatRequest, route: ModelRoute, call: ChatCall): AsyncIterableIterator<ChatCompletionChunk> {
    return new LazyStream(() => this.open(request, route, call));
  }

  /** What it answers holds nothing of the request, which may be long, while the stream may be slow. */
  private async open(
    request: ChatRequest,
    route: ModelRoute,
    call: ChatCall,
  ): Promise<AsyncGenerator<ChatCompletionChunk>> {
    const opened = await this.run<WholeOutput | OpenStream>(request, route, call, (candidate) => {
      const attempt = this.prepare(request, candidate, call, { streamed: true });
      return attempt.prepared.replay ? this.toWholePlan(attempt) : this.toStreamPlan(attempt);
    });
    const answer = 'output' in opened ? await this.unabridged(opened, request, route, call, true) : opened;
    const includeUsage = request.stream_options?.include_usage ?? false;
    const context = { ...call.answer, ...answer.ways, includeUsage };
    return 'output' in answer
      ? toChunks(toStreamEvents(answer.output), { ...context, onComplete: () => Promise.resolve() })
      : this.relay(answer, context);
  }

  /**
   * The answer, or a new one without the steward's limit where that has cut it off. One that cannot be had, or hardly
   * before the client stops waiting, is done without.
   */
  private async unabridged(
    answer: WholeOutput,
    request: ChatRequest,
    route: ModelRoute,
    call: ChatCall,
    streamed: boolean,
  ): Promise<WholeOutput> {
    const { left, deadlineMs } = call.client;
    const isCut = answer.isSized && answer.output.stopReason === 'max_tokens';
    if (!isCut || left.aborted || performance.now() + WHOLE_PER_CUT * answer.firstByteMs > deadlineMs) {
      return answer;
    }
    const plan = (candidate: RouteCandidate) =>
      this.toWholePlan(this.prepare(request, candidate, call, { streamed, isLimited: false }));
    return this.run(request, route, call, plan).catch(() => answer);
  }

  private async *relay(
    { events, attempt, user, awsRequestId, firstByteMs }: OpenStream,
    context: Omit<StreamContext, 'onComplete'>,
  ): AsyncGenerator<ChatCompletionChunk> {
    try {
      await attempt.durable();
      yield* toChunks(events, {
        ...context,
        onComplete: (summary) => {
          this.steward.saw(user, summary.usage?.outputTokens);
          const { usage, searches, stopReason } = summary;
          return attempt.settle(finishedAttempt(usage, awsRequestId, firstByteMs, searches, stopReason));
        },
      });
    } catch (error) {
      await attempt.settle(failedAttempt(error, awsRequestId));
      throw toGatewayError(error);
    } finally {
      // Reached with the attempt open only when the reader gave up on the stream; then Bedrock is told so, too.
      await events.return();
      await attempt.settle({ outcome: 'client_gone', awsRequestId, statusCode: 200, firstByteMs });
    }
  }

  private async run<T>(
    request: ChatRequest,
    { candidates }: ModelRoute,
    { meter, client }: ChatCall,
    plan: (candidate: RouteCandidate) => AttemptPlan<T>,
  ): Promise<T> {
    try {
      return await this.engine.run(candidates, client, (candidate) => metered(meter, client, plan(candidate)));
    } catch (error) {
      throw inRequestWords(toGatewayError(error), request);
    }
  }

  private prepare(
    request: ChatRequest,
    candidate: RouteCandidate,
    call: ChatCall,
    { streamed, isLimited = true }: { streamed: boolean; isLimited?: boolean },
  ): PreparedAttempt {
    const { model, region } = candidate;
    const family = this.families.for(model);
    const user = `${call.prepare.requestMetadata['key_id']} ${model.baseId}`;
    const plain = family.prepare(request, model, call.prepare);
    const { maxOutputTokens } = model.capabilities;
    const maySize = isLimited && !call.prepare.isDefaultOfTenant;
    const prepared = maySize ? this.steward.rightSize(plain, request, user, maxOutputTokens) : plain;
    const bound = () => toSpendBound(prepared.input, model.capabilities);
    return {
      candidate,
      prepared,
      user,
      isSized: prepared !== plain,
      target: {
        operation: 'chat',
        requestedModel: model.requestedId,
        resolvedModel: model.invokeId,
        behind: behindArn(model),
        family: family.name,
        region,
        serviceTier: prepared.input.serviceTier?.type,
        streamed,
        inference: prepared.input.inferenceConfig,
        answerId: call.answer.id,
      },
      bound,
      quota: (mayWait) => this.quotas.take(candidate, call.meter, call.client, bound, mayWait),
    };
  }

  private toWholePlan({ candidate, prepared, user, isSized, ...plan }: PreparedAttempt): AttemptPlan<WholeOutput> {
    return {
      ...plan,
      lifecycle: candidate.model.lifecycle,
      standIn: candidate.standIn,
      send: async (attempt, signal) => {
        const startedAt = performance.now();
        const { output, awsRequestId } = await this.runtime.converse(candidate, prepared.input, { signal });
        const firstByteMs = performance.now() - startedAt;
        this.steward.saw(user, output.usage?.outputTokens);
        const usage = output.usage && toTokenUsage(output.usage);
        const searches = countSearches(output);
        await attempt.settle(finishedAttempt(usage, awsRequestId, firstByteMs, searches, output.stopReason));
        return { ways: prepared.answer, output, isSized, firstByteMs };
      },
    };
  }

  /** Opens the stream and waits for its first event: until then a failure is still a real status, and retried. */
  private toStreamPlan({ candidate, prepared, user, ...plan }: PreparedAttempt): AttemptPlan<OpenStream> {
    return {
      ...plan,
      lifecycle: candidate.model.lifecycle,
      standIn: candidate.standIn,
      send: async (attempt, signal) => {
        const startedAt = performance.now();
        let awsRequestId: string | undefined;
        try {
          const answer = await this.runtime.converseStream(candidate, prepared.input, { signal });
          awsRequestId = answer.awsRequestId;
          const iterator = answer.events[Symbol.asyncIterator]();
          const first = await iterator.next();
          if (first.done) {
            throw emptyAnswer();
          }
          const firstByteMs = performance.now() - startedAt;
          const events = new Resumed(first, iterator);
          return { ways: prepared.answer, user, attempt, events, awsRequestId, firstByteMs };
        } catch (error) {
          await attempt.settle(failedAttempt(error, awsRequestId));
          throw error;
        }
      },
    };
  }
}
