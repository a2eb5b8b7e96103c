import { once } from 'node:events';
import { ConverseCommand, ConverseStreamCommand, type ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { toGatewayError } from '../../src/bedrock/bedrock.errors.js';
import type { AnswerContext } from '../../src/bedrock/converse/answer-context.js';
import { toChatCompletion } from '../../src/bedrock/converse/to-chat-completion.js';
import { toChunks } from '../../src/bedrock/converse/to-chunks.js';
import { toCompletionUsage, toTokenUsage } from '../../src/bedrock/converse/to-usage.js';
import { toErrorBody } from '../../src/common/errors/error-body.js';
import type { ChatCompletionChunk } from '../../src/openai/chat-completion.js';
import { assemble } from '../support/assemble.js';
import { failuresOf, type Assertion, type Observation } from '../support/assertions.js';
import { readEventStream } from '../support/event-stream-reader.js';
import { prepareRequest } from '../support/prepare-request.js';
import { bedrockAnswering, jsonAnswer, streamAnswer, type ReplayedAnswer } from '../support/replayed-bedrock.js';
import { describeWithShared, readJsonLines } from '../support/shared-data.js';

const CASES = 'cases/translation.jsonl';

interface Case {
  id: string;
  kind: string;
  model: string;
  input: unknown;
  expected: { assert: Assertion[] };
}

interface ClientRequest {
  response_format?: object;
  tools?: object[];
  stream_options?: { include_usage?: boolean };
}

/** What AWS sends with each exception, by the API reference. */
const STATUS_OF: Record<string, number> = {
  ValidationException: 400,
  ServiceQuotaExceededException: 400,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  ModelTimeoutException: 408,
  ModelErrorException: 424,
  ThrottlingException: 429,
  ModelNotReadyException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
};

function nothing(): Promise<void> {
  return Promise.resolve();
}

const QUESTION = [{ role: 'user', content: 'Hello.' }];

/**
 * What the request's mapping hands to the answer's. The cases write `<synthetic>` for the JSON tool and `<sent name>`
 * for a tool whose name had to be changed; `fill` puts the real names in. Where the gateway asks for JSON by an
 * instruction, because the client has tools of its own, the case runs as if there were a JSON tool.
 */
function prepare(model: string, request: ClientRequest): { context: AnswerContext; fill: <T>(value: T) => T } {
  const { answer } = prepareRequest(model, { messages: QUESTION, ...request });
  const [sentName = ''] = answer.toolNames?.keys() ?? [];
  const jsonTool = answer.jsonTool ?? '<synthetic>';
  const fill = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value).replaceAll('<synthetic>', jsonTool).replaceAll('<sent name>', sentName)) as T;
  const needsJsonTool = answer.jsonTool !== undefined || (request.response_format && request.tools);
  const context = { id: 'chatcmpl-case', created: 1_700_000_000, model, ...answer };
  return { context: needsJsonTool ? { ...context, jsonTool } : context, fill };
}

function split(input: unknown, key: string): { request: ClientRequest; rest: unknown } {
  const wrapped = input as { request?: ClientRequest } & Record<string, unknown>;
  return wrapped.request === undefined
    ? { request: {}, rest: input }
    : { request: wrapped.request, rest: wrapped[key] };
}

/** The cases point to the status as `/http_status` beside `/error`. */
function failed(error: unknown): Observation {
  const mapped = toGatewayError(error);
  const body = { ...toErrorBody(mapped), http_status: mapped.status };
  return { status: mapped.status, headers: mapped.headers, body };
}

async function converse(model: string, answer: ReplayedAnswer, context: AnswerContext): Promise<Observation> {
  try {
    const output = await bedrockAnswering(answer).send(new ConverseCommand({ modelId: model, messages: [] }));
    return { status: 200, body: toChatCompletion(output, context).completion };
  } catch (error) {
    return failed(error);
  }
}

async function* chunksOf(
  model: string,
  answer: ReplayedAnswer,
  context: AnswerContext,
  includeUsage: boolean,
  seen: ChatCompletionChunk[],
): AsyncGenerator<ChatCompletionChunk> {
  const command = new ConverseStreamCommand({ modelId: model, messages: [] });
  try {
    const output = await bedrockAnswering(answer).send(command);
    for await (const chunk of toChunks(output.stream ?? [], { ...context, includeUsage, onComplete: nothing })) {
      seen.push(chunk);
      yield chunk;
    }
  } catch (error) {
    throw toGatewayError(error);
  }
}

async function observeStream(model: string, input: unknown): Promise<Observation> {
  const { request, rest } = split(input, 'events');
  const { context, fill } = prepare(model, { ...request, stream: true } as ClientRequest);
  const chunks: ChatCompletionChunk[] = [];
  const frames: string[] = [];
  const source = chunksOf(
    model,
    streamAnswer(fill(rest as ConverseStreamOutput[])),
    context,
    request.stream_options?.include_usage ?? false,
    chunks,
  );
  try {
    const text = (await (await readEventStream(source)).toArray()).join('');
    frames.push(...text.split(/(?<=\n\n)/).map((frame) => frame.replace(/^data: /, '').trimEnd()));
  } catch (error) {
    return failed(error);
  }
  const isWhole = frames.at(-1) === '[DONE]';
  const choices = chunks.flatMap((chunk) => chunk.choices);
  return {
    status: 200,
    frames,
    chunks,
    body: {
      assembled: isWhole ? (await assemble(chunks)).choices[0]?.message : undefined,
      finish_reasons: choices.map((choice) => choice.finish_reason).filter((reason) => reason !== null),
      roles: choices.map((choice) => choice.delta.role).filter((role) => role !== undefined),
      usage: chunks.at(-1)?.usage,
      chunks,
    },
  };
}

async function* silent(): AsyncGenerator<ConverseStreamOutput> {
  yield { messageStart: { role: 'assistant' } };
  await new Promise<never>(() => undefined);
}

/** Whether the first frame comes out while the second event has not come in: then no clock is needed. */
async function observeFirstFrame(model: string): Promise<Observation> {
  const { context } = prepare(model, {});
  const chunks = toChunks(silent(), { ...context, includeUsage: false, onComplete: nothing });
  const client = await readEventStream(chunks);
  const [frame] = (await once(client, 'data')) as [string];
  client.destroy();
  return { body: frame, firstFrameMs: 0 };
}

async function observeError(model: string, input: unknown): Promise<Observation> {
  const { exception, message, requestId } = input as { exception: string; message: string; requestId?: string };
  const answer = jsonAnswer(
    STATUS_OF[exception] ?? 500,
    { message },
    {
      'x-amzn-errortype': `${exception}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
      ...(requestId === undefined ? {} : { 'x-amzn-requestid': requestId }),
    },
  );
  return converse(model, answer, prepare(model, {}).context);
}

async function observe({ kind, model, input }: Case): Promise<Observation> {
  switch (kind) {
    case 'usage': {
      const usage = toTokenUsage(input as Parameters<typeof toTokenUsage>[0]);
      const meter = {
        cache_write_5m_tokens: usage.cacheWrite5mTokens,
        cache_write_1h_tokens: usage.cacheWrite1hTokens,
      };
      return { body: toCompletionUsage(usage), meter };
    }
    case 'response': {
      const { request, rest } = split(input, 'converse');
      const { context, fill } = prepare(model, request);
      return converse(model, jsonAnswer(200, fill(rest)), context);
    }
    case 'response_error':
      return converse(model, jsonAnswer(200, input, { 'x-amzn-requestid': 'req-1' }), prepare(model, {}).context);
    case 'stream_timing':
      return observeFirstFrame(model);
    case 'stream':
    case 'stream_error':
      return observeStream(model, input);
    default:
      return observeError(model, input);
  }
}

const KINDS = new Set(['response', 'usage', 'stream', 'stream_timing', 'stream_error', 'error', 'response_error']);
const cases = readJsonLines<Case>(CASES).filter(({ kind }) => KINDS.has(kind));

describeWithShared(CASES)('translation cases of answers', () => {
  it.each(cases.map((one) => [one.id, one] as const))('%s', async (_id, one) => {
    const seen = await observe(one);
    expect(failuresOf(one.expected.assert, seen)).toEqual([]);
  });

  it('are all there', () => {
    expect(cases.length).toBeGreaterThanOrEqual(35);
  });
});
