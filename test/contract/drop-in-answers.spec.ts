import type { ChatCompletionChunk } from '../../src/openai/chat-completion.js';
import { encodeEvent } from '../../src/sandbox/framing/event-stream.js';
import { DropInApp, framesOf, M45, user } from '../support/drop-in-app.js';
import {
  blockStop,
  events,
  exception,
  hello,
  textDelta,
  toolDelta,
  toolStart,
  USAGE,
  whole,
} from '../support/fake-answers.js';
import { streamAnswer } from '../support/replayed-bedrock.js';
import type { Responder } from '../support/replay-server.js';
import { until } from '../support/until.js';

function toolDeltas(all: ChatCompletionChunk[]) {
  return all.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
}

function finishReasons(all: ChatCompletionChunk[]) {
  return all.flatMap((chunk) => chunk.choices.map((one) => one.finish_reason)).filter((reason) => reason !== null);
}

/** Writes the start of a stream, and its rest when told to. */
function held(rest: Promise<void>): Responder {
  return (_path, response) => {
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    response.write(encodeEvent('messageStart', { role: 'assistant' }));
    void rest.then(() => response.end(streamAnswer(events([textDelta(0, 'a')]).slice(1)).body));
    return undefined;
  };
}

function readerOf({ body }: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (body === null) throw new Error('the answer has no body');
  return body.getReader();
}

async function restOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
  }
  return Buffer.concat(parts).toString();
}

/**
 * What a client of the predecessor may rely on: the cases of its behaviour table by their numbers. Where a case
 * differs from the predecessor on purpose, the new behaviour is what is checked.
 */
describe('the predecessor’s behaviour: answers', () => {
  let app: DropInApp;

  beforeAll(async () => {
    app = await DropInApp.start();
  });

  afterAll(() => app.close());

  beforeEach(() => app.reset());

  describe('answers', () => {
    it('69: a text', async () => {
      app.bedrock.answer = hello;
      const { body } = await app.ask();
      expect(body).toMatchObject({
        object: 'chat.completion',
        model: M45,
        choices: [{ message: { content: 'Hello.' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
      });
      expect(body.id).toMatch(/^chatcmpl-\w{24,}$/);
    });

    it('70: cached tokens are prompt tokens', async () => {
      app.bedrock.answer = whole([{ text: 'a' }], 'end_turn', {
        inputTokens: 10,
        outputTokens: 5,
        totalTokens: 115,
        cacheReadInputTokens: 60,
        cacheWriteInputTokens: 40,
      });
      const { usage } = (await app.ask()).body;
      expect(usage).toMatchObject({
        prompt_tokens: 110,
        completion_tokens: 5,
        total_tokens: 115,
        prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 40 },
      });
    });

    it('71: all text blocks', async () => {
      expect((await app.choice([{ text: 'A' }, { text: 'B' }])).message.content).toBe('AB');
    });

    it('72: reasoning apart from the content', async () => {
      const { message } = await app.choice([{ reasoningContent: { reasoningText: { text: 'hm' } } }, { text: 'A' }]);
      expect(message).toMatchObject({ reasoning_content: 'hm', content: 'A' });
    });

    it('73: redacted reasoning', async () => {
      const redactedContent = 'AQI=' as unknown as Uint8Array;
      expect((await app.choice([{ reasoningContent: { redactedContent } }, { text: 'A' }])).message.content).toBe('A');
    });

    const toolUse = { toolUseId: 't1', name: 'weather', input: { city: 'x' } };
    it.each([
      ['74', 'tool_use'],
      ['75', 'end_turn'],
    ])('%s: text and a call with %s', async (_id, stopReason) => {
      expect(await app.choice([{ text: 'A' }, { toolUse }], stopReason)).toMatchObject({
        message: { content: 'A', tool_calls: [{ id: 't1', type: 'function' }] },
        finish_reason: 'tool_calls',
      });
    });

    it.each([
      ['end_turn', 'stop'],
      ['stop_sequence', 'stop'],
      ['max_tokens', 'length'],
      ['content_filtered', 'content_filter'],
      ['guardrail_intervened', 'content_filter'],
      ['model_context_window_exceeded', 'length'],
      ['malformed_model_output', 'stop'],
      ['malformed_tool_use', 'stop'],
    ])('76: %s is %s', async (stopReason, finishReason) => {
      expect((await app.choice([{ text: 'A' }], stopReason)).finish_reason).toBe(finishReason);
    });
  });

  describe('streams', () => {
    it('77: role, content, finish, [DONE], and the usage in the ledger only', async () => {
      const all = await app.chunks([textDelta(0, 'a'), textDelta(0, 'b'), blockStop(0)]);
      expect(all.map((chunk) => chunk.choices[0]?.delta)).toEqual([
        { role: 'assistant', content: '' },
        { content: 'a' },
        { content: 'b' },
        {},
      ]);
      expect(all.every((chunk) => !('usage' in chunk))).toBe(true);
      const [event] = await app.query<{ output_tokens: number; streamed: boolean }>(
        'SELECT output_tokens, streamed FROM usage_events ORDER BY settled_at DESC LIMIT 1',
      );
      expect(event).toEqual({ output_tokens: USAGE.outputTokens, streamed: true });
    });

    it('78: usage right before [DONE] when asked for', async () => {
      const all = await app.chunks([textDelta(0, 'a')], 'end_turn', { stream_options: { include_usage: true } });
      expect(all.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 15 } });
    });

    const reasoningDelta = { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hm' } } } };
    it.each([
      [
        '79: text and two tools',
        [
          textDelta(0, 'a'),
          blockStop(0),
          toolStart(1, 'f'),
          toolDelta(1, '{}'),
          blockStop(1),
          toolStart(2, 'g'),
          toolDelta(2, '{}'),
          blockStop(2),
        ],
        [0, 1],
      ],
      ['80: a tool first', [toolStart(0, 'f'), toolDelta(0, '{}'), blockStop(0)], [0]],
      [
        '81: reasoning and text first',
        [reasoningDelta, blockStop(0), textDelta(1, 'a'), blockStop(1), toolStart(2, 'f'), blockStop(2)],
        [0],
      ],
    ])('%s: calls are counted from 0', async (_name, blocks, indexes) => {
      const deltas = toolDeltas(await app.chunks(blocks, 'tool_use'));
      expect(deltas.filter(({ id }) => id !== undefined).map(({ index }) => index)).toEqual(indexes);
      expect(deltas[0]).toMatchObject({ type: 'function', function: { arguments: '' } });
    });

    it('82: a call without input has the arguments {}', async () => {
      const deltas = toolDeltas(await app.chunks([toolStart(0, 'f'), blockStop(0)], 'tool_use'));
      expect(deltas.map((delta) => delta.function.arguments).join('')).toBe('{}');
    });

    it.each([
      [
        '83: and then a call',
        [reasoningDelta, blockStop(0), toolStart(1, 'f'), blockStop(1)],
        'tool_use',
        'tool_calls',
      ],
      ['84: and nothing else', [reasoningDelta, blockStop(0)], 'max_tokens', 'length'],
    ])('unsigned reasoning %s: one finish reason', async (_name, blocks, stopReason, expected) => {
      expect(finishReasons(await app.chunks(blocks, stopReason))).toEqual([expected]);
    });

    it.each([
      ['85', { reasoningContent: { redactedContent: 'AQI=' } }],
      ['85', { reasoningContent: { signature: 'sig' } }],
      ['86', { citation: { title: 'a', location: { documentPage: { documentIndex: 0, start: 1, end: 1 } } } }],
      ['86', { image: { source: { bytes: 'AQI=' } } }],
      ['86', { toolResult: [{ text: 'hidden' }] }],
    ])('%s: a delta of %j shows nothing and the stream goes on', async (_id, delta) => {
      const all = await app.chunks([
        { contentBlockDelta: { contentBlockIndex: 0, delta } },
        blockStop(0),
        textDelta(1, 'a'),
      ]);
      expect(all.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('a');
      expect(finishReasons(all)).toEqual(['stop']);
    });

    it('87: an exception in the middle is an error frame and no [DONE]', async () => {
      app.bedrock.answer = streamAnswer([
        { messageStart: { role: 'assistant' } },
        textDelta(0, 'par'),
        { modelStreamErrorException: { message: 'broken', originalStatusCode: 500 } },
      ]);
      const response = await app.openStream();
      const text = await response.text();
      const frames = framesOf(text);
      expect(response.status).toBe(200);
      expect(JSON.parse(frames.at(-1) ?? '')).toMatchObject({
        error: { message: expect.any(String), type: 'server_error', param: null },
      });
      expect(text).not.toContain('[DONE]');
    });

    it('88: what Bedrock reports after the client has left is in the ledger', async () => {
      const before = await app.query<{ count: number }>('SELECT count(*)::int FROM usage_events');
      const rest = Promise.withResolvers<void>();
      app.bedrock.answer = held(rest.promise);
      const leaving = new AbortController();
      await readerOf(await app.openStream({}, leaving.signal)).read();
      leaving.abort();
      rest.resolve();
      const after = `SELECT outcome FROM usage_events ORDER BY settled_at OFFSET ${before[0]?.count ?? 0}`;
      await until(async () => (await app.query(after)).length > 0, 'the event of the stream');
      expect(await app.query(after)).toHaveLength(1);
    });

    it('89: two slow streams go on independently, and the first bytes are not held back', async () => {
      const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const turns = [held(first.promise), held(second.promise)];
      app.bedrock.answer = (path, response) => turns.shift()?.(path, response);
      const one = readerOf(await app.openStream());
      const two = readerOf(await app.openStream());
      for (const reader of [one, two]) {
        expect(Buffer.from((await reader.read()).value ?? []).toString()).toContain('"role":"assistant"');
      }
      second.resolve();
      expect(await restOf(two)).toContain('[DONE]');
      first.resolve();
      expect(await restOf(one)).toContain('[DONE]');
    });
  });

  describe('errors', () => {
    it.each(
      [true, false].flatMap((stream) =>
        (
          [
            ['90', 'ValidationException', 400, 400, 'invalid_request_error'],
            ['91', 'ThrottlingException', 429, 429, 'rate_limit_error'],
            ['92', 'AccessDeniedException', 403, 403, 'permission_error'],
            ['92', 'ResourceNotFoundException', 404, 404, 'invalid_request_error'],
            ['92', 'ModelNotReadyException', 429, 503, 'service_unavailable_error'],
            ['92', 'ServiceUnavailableException', 503, 503, 'service_unavailable_error'],
            ['92', 'ModelTimeoutException', 408, 504, 'server_error'],
          ] as const
        ).map((one) => [...one, stream] as const),
      ),
    )('%s: %s with %s is %s %s, streamed: %s', async (_id, type, sentStatus, status, errorType, stream) => {
      app.bedrock.answer = exception(type, sentStatus, 'no');
      const answer = await app.post({ model: M45, messages: [user('hi')], stream });
      expect(answer.status).toBe(status);
      expect(answer.body.error).toMatchObject({ type: errorType, message: expect.any(String) });
      expect(answer.headers.get('x-aws-request-id')).toBe('aws-request-1');
      const retryAfter = Number(answer.headers.get('retry-after') ?? NaN);
      expect(status === 429 ? retryAfter : 1).toBeGreaterThanOrEqual(1);
    });

    it('93: a wrong field is named, and what was in it is not repeated', async () => {
      const error = await app.refused({ messages: [user('hi'), { role: 'wizard', content: 'my secret' }] });
      expect(error).toMatchObject({ status: 400, param: expect.stringContaining('messages[1]') });
      expect(JSON.stringify(error)).not.toContain('my secret');
    });
  });
});
