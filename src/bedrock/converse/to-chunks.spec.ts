import type { ConverseStreamOutput, ImageBlockDelta } from '@aws-sdk/client-bedrock-runtime';
import * as fc from 'fast-check';
import { GatewayError } from '../../common/errors/gateway-error.js';
import type { ChatCompletionChunk, ChatCompletionDelta } from '../../openai/chat-completion.js';
import type { AnswerSummary, StreamContext } from './answer-context.js';
import { toChunks } from './to-chunks.js';

const start: ConverseStreamOutput = { messageStart: { role: 'assistant' } };

function text(contentBlockIndex: number, value: string): ConverseStreamOutput {
  return { contentBlockDelta: { contentBlockIndex, delta: { text: value } } };
}

function tool(contentBlockIndex: number, name: string, type?: 'server_tool_use'): ConverseStreamOutput {
  const toolUse = { toolUseId: `id-${contentBlockIndex}`, name, type };
  return { contentBlockStart: { contentBlockIndex, start: { toolUse } } };
}

function input(contentBlockIndex: number, value: string): ConverseStreamOutput {
  return { contentBlockDelta: { contentBlockIndex, delta: { toolUse: { input: value } } } };
}

function stop(contentBlockIndex: number): ConverseStreamOutput {
  return { contentBlockStop: { contentBlockIndex } };
}

function imageStart(contentBlockIndex: number): ConverseStreamOutput {
  return { contentBlockStart: { contentBlockIndex, start: { image: { format: 'png' } } } };
}

function image(contentBlockIndex: number, delta: ImageBlockDelta): ConverseStreamOutput {
  return { contentBlockDelta: { contentBlockIndex, delta: { image: delta } } };
}

function bytes(contentBlockIndex: number, ...values: number[]): ConverseStreamOutput {
  return image(contentBlockIndex, { source: { bytes: new Uint8Array(values) } });
}

type ReasoningDelta = { text: string } | { signature: string } | { redactedContent: Uint8Array };

function reasoning(contentBlockIndex: number, reasoningContent: ReasoningDelta): ConverseStreamOutput {
  return { contentBlockDelta: { contentBlockIndex, delta: { reasoningContent } } };
}

function end(stopReason: 'end_turn' | 'tool_use' | 'max_tokens' | 'malformed_tool_use'): ConverseStreamOutput[] {
  const usage = { inputTokens: 11, outputTokens: 4, totalTokens: 15 };
  return [{ messageStop: { stopReason } }, { metadata: { usage, metrics: { latencyMs: 100 } } }];
}

function context(fields: Partial<StreamContext> = {}): StreamContext {
  return {
    id: 'chatcmpl-1',
    created: 1_700_000_000,
    model: 'm',
    includeUsage: false,
    onComplete: () => Promise.resolve(),
    ...fields,
  };
}

async function readAll(stream: AsyncIterable<ChatCompletionChunk>): Promise<ChatCompletionChunk[]> {
  const chunks: ChatCompletionChunk[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return chunks;
}

async function collect(
  events: ConverseStreamOutput[],
  fields?: Partial<StreamContext>,
): Promise<ChatCompletionChunk[]> {
  return readAll(toChunks(events, context(fields)));
}

async function deltas(events: ConverseStreamOutput[], fields?: Partial<StreamContext>): Promise<ChatCompletionDelta[]> {
  const chunks = await collect(events, fields);
  return chunks.slice(1, -1).map((chunk) => chunk.choices[0]?.delta ?? {});
}

function toEvents({ kind, parts }: { kind: string; parts: readonly string[] }, index: number): ConverseStreamOutput[] {
  switch (kind) {
    case 'text':
      return [...parts.map((part) => text(index, part)), stop(index)];
    case 'reasoning':
      return [...parts.map((part) => reasoning(index, { text: part })), stop(index)];
    default: {
      const opening = tool(index, 'f', kind === 'server' ? 'server_tool_use' : undefined);
      return [opening, ...parts.map((part) => input(index, part)), stop(index)];
    }
  }
}

async function* breaking(): AsyncGenerator<ConverseStreamOutput> {
  yield* [start, text(0, 'a')];
  throw new Error('ECONNRESET');
}

describe(toChunks.name, () => {
  it('sends the role, the text and one finish, all of one answer', async () => {
    const frame = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'm' };
    function chunk(delta: ChatCompletionDelta, finish: string | null) {
      return { ...frame, choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] };
    }
    expect(await collect([start, text(0, 'Hel'), text(0, ''), text(0, 'lo'), stop(0), ...end('end_turn')])).toEqual([
      chunk({ role: 'assistant', content: '' }, null),
      chunk({ content: 'Hel' }, null),
      chunk({ content: 'lo' }, null),
      chunk({}, 'stop'),
    ]);
  });

  it('adds usage as a last chunk without choices, and null before, only when asked', async () => {
    const chunks = await collect([start, ...end('end_turn')], { includeUsage: true });
    expect(chunks.map((chunk) => [chunk.choices.length, chunk.usage])).toEqual([
      [1, null],
      [1, null],
      [0, { prompt_tokens: 11, completion_tokens: 4, total_tokens: 15 }],
    ]);
  });

  const cases: [name: string, events: ConverseStreamOutput[], expected: ChatCompletionDelta[]][] = [
    [
      'two calls after a text, counted from 0',
      [
        text(0, 'a'),
        stop(0),
        tool(1, 'f'),
        input(1, ''),
        input(1, '{"a"'),
        input(1, ':1}'),
        stop(1),
        tool(2, 'g'),
        input(2, '{}'),
        stop(2),
      ],
      [
        { content: 'a' },
        { tool_calls: [{ index: 0, id: 'id-1', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '{"a"' } }] },
        { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] },
        { tool_calls: [{ index: 1, id: 'id-2', type: 'function', function: { name: 'g', arguments: '' } }] },
        { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      ],
    ],
    [
      'a call without input',
      [tool(0, 'f'), input(0, ''), stop(0)],
      [
        { tool_calls: [{ index: 0, id: 'id-0', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
      ],
    ],
    [
      'a call that was never stopped',
      [tool(0, 'f')],
      [
        { tool_calls: [{ index: 0, id: 'id-0', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
      ],
    ],
    [
      'interleaved blocks, by their index',
      [tool(3, 'f'), tool(5, 'g'), input(5, '{"g":1}'), input(3, '{"f":1}'), stop(5), stop(3)],
      [
        { tool_calls: [{ index: 0, id: 'id-3', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 1, id: 'id-5', type: 'function', function: { name: 'g', arguments: '' } }] },
        { tool_calls: [{ index: 1, function: { arguments: '{"g":1}' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '{"f":1}' } }] },
      ],
    ],
    [
      'what a tool inside Bedrock did, once and whole',
      [
        tool(0, 'nova_grounding', 'server_tool_use'),
        input(0, '{"query":"x"}'),
        stop(0),
        {
          contentBlockStart: {
            contentBlockIndex: 1,
            start: { toolResult: { toolUseId: 'id-0', type: 'nova_grounding_result', status: 'success' } },
          },
        },
        { contentBlockDelta: { contentBlockIndex: 1, delta: { toolResult: [{ text: 'hid' }] } } },
        { contentBlockDelta: { contentBlockIndex: 1, delta: { toolResult: [{ text: 'den' }, { json: { a: 1 } }] } } },
        stop(1),
        text(2, 'b'),
      ],
      [
        { content: 'b' },
        {
          server_tool_calls: [
            {
              id: 'id-0',
              name: 'nova_grounding',
              input: { query: 'x' },
              result: {
                type: 'nova_grounding_result',
                status: 'success',
                content: [{ text: 'hidden' }, { json: { a: 1 } }],
              },
            },
          ],
        },
      ],
    ],
    [
      'what a tool inside Bedrock was asked in other words than an object, without results of calls that nobody made',
      [
        tool(0, 'nova_code_interpreter', 'server_tool_use'),
        input(0, 'x = 1'),
        stop(0),
        tool(1, 'nova_code_interpreter', 'server_tool_use'),
        input(1, '7'),
        stop(1),
        { contentBlockStart: { contentBlockIndex: 2, start: { toolResult: { toolUseId: 'other' } } } },
        { contentBlockDelta: { contentBlockIndex: 2, delta: { toolResult: [{ text: 'hidden' }] } } },
        stop(2),
        { contentBlockStart: { contentBlockIndex: 3, start: { toolResult: { toolUseId: 'id-1' } } } },
        { contentBlockDelta: { contentBlockIndex: 3, delta: { toolResult: [{ text: '7' }] } } },
        stop(3),
      ],
      [
        {
          server_tool_calls: [
            { id: 'id-0', name: 'nova_code_interpreter', input: { value: 'x = 1' } },
            { id: 'id-1', name: 'nova_code_interpreter', input: { value: 7 }, result: { content: [{ text: '7' }] } },
          ],
        },
      ],
    ],
    [
      'reasoning as it comes, and its signature once and whole',
      [
        reasoning(0, { text: 'hm' }),
        reasoning(0, { text: 'm' }),
        reasoning(0, { signature: 'si' }),
        reasoning(0, { signature: 'g' }),
        stop(0),
        text(1, 'c'),
      ],
      [
        { reasoning_content: 'hm' },
        { reasoning_content: 'm' },
        { content: 'c' },
        { reasoning_details: [{ type: 'reasoning.text', text: 'hmm', signature: 'sig' }] },
      ],
    ],
    [
      'redacted reasoning joined before it is encoded',
      [
        reasoning(0, { redactedContent: new Uint8Array([1]) }),
        reasoning(0, { redactedContent: new Uint8Array([2]) }),
        stop(0),
      ],
      [{ reasoning_details: [{ type: 'reasoning.encrypted', data: 'AQI=' }] }],
    ],
    [
      'a signature without text',
      [reasoning(0, { signature: 'sig' }), stop(0)],
      [{ reasoning_details: [{ type: 'reasoning.text', text: '', signature: 'sig' }] }],
    ],
    [
      'citations with their place in the text',
      [
        text(0, 'As '),
        stop(0),
        text(1, 'it is'),
        {
          contentBlockDelta: {
            contentBlockIndex: 1,
            delta: { citation: { title: 'T', source: 'https://a.example/x' } },
          },
        },
        stop(1),
        {
          contentBlockDelta: {
            contentBlockIndex: 2,
            delta: { citation: { location: { web: { url: 'https://b.example/', domain: 'b.example' } } } },
          },
        },
        stop(2),
        {
          contentBlockDelta: {
            contentBlockIndex: 3,
            delta: {
              citation: {
                title: 'doc',
                sourceContent: [{ text: 'said' }],
                location: { documentPage: { documentIndex: 0, start: 1, end: 2 } },
              },
            },
          },
        },
        stop(3),
      ],
      [
        { content: 'As ' },
        { content: 'it is' },
        {
          annotations: [
            {
              type: 'url_citation',
              url_citation: { start_index: 3, end_index: 8, url: 'https://a.example/x', title: 'T' },
            },
            {
              type: 'url_citation',
              url_citation: { start_index: 3, end_index: 8, url: 'https://b.example/', title: 'b.example' },
            },
          ],
          citations: [
            {
              type: 'document_citation',
              start_index: 3,
              end_index: 8,
              title: 'doc',
              cited_text: 'said',
              location: { documentPage: { documentIndex: 0, start: 1, end: 2 } },
            },
          ],
        },
      ],
    ],
  ];

  it.each(cases)('streams %s', async (_name, events, expected) => {
    expect(await deltas([start, ...events, ...end('tool_use')])).toEqual(expected);
  });

  describe('with a tool that stands for the response format', () => {
    const fields = { jsonTool: 'json' };

    it('streams its input as content and drops text beside it', async () => {
      const events = [start, text(0, 'Here:'), stop(0), tool(1, 'json'), input(1, '{"a"'), input(1, ':1}'), stop(1)];
      const chunks = await collect([...events, ...end('tool_use')], fields);
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content)).toEqual(['', '{"a"', ':1}', undefined]);
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    });

    it('keeps the calls of the client’s tools and their finish reason', async () => {
      const events = [start, tool(0, 'json'), stop(0), tool(1, 'f'), input(1, '{}'), stop(1), tool(2, 'json'), stop(2)];
      const chunks = await collect([...events, ...end('tool_use')], fields);
      expect(chunks.slice(1, -1).map((chunk) => chunk.choices[0]?.delta)).toEqual([
        { content: '{}' },
        { tool_calls: [{ index: 0, id: 'id-1', type: 'function', function: { name: 'f', arguments: '' } }] },
        { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
      ]);
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
    });

    it('sends the text when the model never called it', async () => {
      expect(await deltas([start, text(0, '{"a":'), text(0, '1}'), stop(0), ...end('end_turn')], fields)).toEqual([
        { content: '{"a":1}' },
      ]);
    });
  });

  describe('with stop sequences that the model does not take', () => {
    const fields = { stopSequences: ['STOP'] };

    it('ends the content there, across chunks, and reads on for what is billed', async () => {
      const events = [start, text(0, 'one S'), text(0, 'TO'), text(0, 'P two'), stop(0), ...end('max_tokens')];
      const chunks = await collect(events, { ...fields, includeUsage: true });
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content)).toEqual(['', 'one ', undefined, undefined]);
      expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
      expect(chunks.at(-1)?.usage?.completion_tokens).toBe(4);
    });

    it('gives nothing of what the model says or calls afterwards', async () => {
      const events = [text(0, 'oneSTOP'), stop(0), tool(1, 'f'), input(1, '{}'), stop(1), text(2, 'two'), stop(2)];
      const chunks = await collect([start, ...events, ...end('tool_use')], fields);
      expect(chunks.slice(1).map((chunk) => chunk.choices[0]?.delta)).toEqual([{ content: 'one' }, {}]);
      expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    });

    it('gives what only looked like one', async () => {
      expect(await deltas([start, text(0, 'one STO'), stop(0), ...end('end_turn')], fields)).toEqual([
        { content: 'one ' },
        { content: 'STO' },
      ]);
    });
  });

  it('takes a code fence off JSON', async () => {
    const events = [start, text(0, '```json\n{"a"'), text(0, ':1}\n`'), text(0, '``'), stop(0), ...end('end_turn')];
    const content = (await deltas(events, { isJson: true })).map((delta) => delta.content).join('');
    expect(content).toBe('{"a":1}');
  });

  it('gives only the first call where one was asked for', async () => {
    const events = [tool(0, 'f'), input(0, '{"a":1}'), stop(0), tool(1, 'g'), input(1, '{}'), stop(1)];
    const chunks = await collect([start, ...events, ...end('tool_use')], { firstCallOnly: true });
    const calls = chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? []);
    expect(calls.map((call) => call.function)).toEqual([{ name: 'f', arguments: '' }, { arguments: '{"a":1}' }]);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('speaks of a function call to clients of functions', async () => {
    const events = [start, tool(0, 'f'), input(0, '{"a"'), input(0, ':1}'), stop(0), ...end('tool_use')];
    const fields = { legacyCall: true, firstCallOnly: true };
    const chunks = await collect(events, fields);
    expect(chunks.slice(1).map((chunk) => chunk.choices[0]?.delta)).toEqual([
      { function_call: { name: 'f', arguments: '' } },
      { function_call: { arguments: '{"a"' } },
      { function_call: { arguments: ':1}' } },
      {},
    ]);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('function_call');
    expect(await deltas([start, tool(0, 'f'), stop(0), ...end('tool_use')], fields)).toEqual([
      { function_call: { name: 'f', arguments: '' } },
      { function_call: { arguments: '{}' } },
    ]);
  });

  describe('with images', () => {
    it('gives each whole, as a data URL', async () => {
      const events = [imageStart(0), bytes(0, 1), bytes(0, 2, 3), stop(0), imageStart(1), bytes(1, 4), stop(1)];
      const chunks = await collect([start, ...events, ...end('end_turn')]);
      expect(chunks.flatMap((chunk) => chunk.choices[0]?.delta.images ?? [])).toEqual([
        { type: 'image_url', index: 0, image_url: { url: 'data:image/png;base64,AQID' } },
        { type: 'image_url', index: 1, image_url: { url: 'data:image/png;base64,BA==' } },
      ]);
      expect(chunks.at(-1)?.choices[0]).not.toHaveProperty('native_finish_reason');
    });

    it.each<[string, ConverseStreamOutput[]]>([
      ['Bedrock could not make', [image(0, { error: { message: 'no' } })]],
      ['lies in S3', [image(0, { source: { s3Location: { uri: 's3://bucket/key' } } })]],
      ['never came', []],
    ])('says that one %s is missing', async (_name, events) => {
      const chunks = await collect([start, imageStart(0), ...events, stop(0), text(1, 'a'), ...end('end_turn')]);
      expect(chunks.flatMap((chunk) => chunk.choices[0]?.delta.images ?? [])).toEqual([]);
      expect(chunks.at(-1)?.choices[0]?.native_finish_reason).toBe('image_error');
    });
  });

  it('drops calls of placeholder tools', async () => {
    const events = [start, tool(0, '__none__'), input(0, '{}'), stop(0), text(1, 'a'), ...end('tool_use')];
    const chunks = await collect(events, { placeholderTools: new Set(['__none__']) });
    expect(chunks.map((chunk) => chunk.choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'a' },
      {},
    ]);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  });

  it('gives a renamed tool its name back', async () => {
    const [delta] = await deltas([start, tool(0, 'a_b'), stop(0), ...end('tool_use')], {
      toolNames: new Map([['a_b', 'a b']]),
    });
    expect(delta?.tool_calls?.[0]?.function.name).toBe('a b');
  });

  it("takes words of gpt-oss's own format off the name of a call", async () => {
    const events = [start, tool(0, 'look_up<|channel|>commentary'), stop(0), ...end('tool_use')];
    const offeredNames = new Set(['look_up']);
    const [delta] = await deltas(events, { offeredNames });
    expect(delta?.tool_calls?.[0]?.function.name).toBe('look_up');
    expect(await deltas(events, { offeredNames, jsonTool: 'look_up' })).toEqual([{ content: '{}' }]);
    const [unknown] = await deltas(events, { offeredNames: new Set(['f']) });
    expect(unknown?.tool_calls?.[0]?.function.name).toBe('look_up<|channel|>commentary');
  });

  it('says which answers may be unusable', async () => {
    const chunks = await collect([start, text(0, 'x'), stop(0), ...end('malformed_tool_use')]);
    expect(chunks.at(-1)?.choices[0]).toMatchObject({
      finish_reason: 'stop',
      native_finish_reason: 'malformed_tool_use',
    });
  });

  it("tells the thinking tokens that the model's own answer tells, with the usage", async () => {
    const fields = { usage: { output_tokens_details: { thinking_tokens: 3 } } };
    const [, ...ending] = end('end_turn');
    const events = [start, text(0, 'x'), stop(0), ...ending];
    events.splice(3, 0, { messageStop: { stopReason: 'end_turn', additionalModelResponseFields: fields } });
    const chunks = await collect(events, { includeUsage: true });
    expect(chunks.at(-1)?.usage?.completion_tokens_details).toEqual({ reasoning_tokens: 3 });
  });

  it('gives what native fields and guardrail were asked for, with the finish', async () => {
    const guardrail = {
      actionReason: 'blocked',
      inputAssessment: { g: { appliedGuardrailDetails: { guardrailId: 'g', guardrailArn: 'arn:aws:bedrock:x:1:g' } } },
    };
    const ending: ConverseStreamOutput[] = [
      { messageStop: { stopReason: 'end_turn', additionalModelResponseFields: { stop_sequence: 'X' } } },
      { metadata: { usage: undefined, metrics: undefined, trace: { guardrail } } },
    ];
    const chunks = await collect([start, text(0, 'x'), stop(0), ...ending]);
    expect(chunks.at(-1)?.choices[0]).toMatchObject({
      finish_reason: 'stop',
      additionalModelResponseFields: { stop_sequence: 'X' },
      trace: { guardrail: { actionReason: 'blocked', inputAssessment: { g: { appliedGuardrailDetails: {} } } } },
    });
    expect(JSON.stringify(chunks)).not.toContain('arn:');
    expect(chunks.at(-2)?.choices[0]).not.toHaveProperty('trace');
  });

  it('holds the finish back until metering is durable', async () => {
    const durable = Promise.withResolvers<void>();
    const completed = Promise.withResolvers<AnswerSummary>();
    const seen: ChatCompletionChunk[] = [];
    const reading = (async () => {
      const options = context({
        includeUsage: true,
        onComplete: (said) => {
          completed.resolve(said);
          return durable.promise;
        },
      });
      for await (const chunk of toChunks([start, text(0, 'a'), ...end('max_tokens')], options)) {
        seen.push(chunk);
      }
    })();
    expect(await completed.promise).toMatchObject({
      stopReason: 'max_tokens',
      latencyMs: 100,
      usage: { inputTokens: 11 },
    });
    expect(seen).toHaveLength(2);
    durable.resolve();
    await reading;
    expect(seen.map((chunk) => chunk.choices[0]?.finish_reason)).toEqual([null, null, 'length', undefined]);
  });

  it('fails without a finish when metering fails', async () => {
    const seen: ChatCompletionChunk[] = [];
    const stream = toChunks(
      [start, ...end('end_turn')],
      context({ onComplete: () => Promise.reject(new Error('no')) }),
    );
    await expect(
      (async () => {
        for await (const chunk of stream) {
          seen.push(chunk);
        }
      })(),
    ).rejects.toThrow('no');
    expect(seen).toHaveLength(1);
  });

  const [messageStop, metadata] = end('end_turn');
  it.each([
    ['no event at all', []],
    ['a text and nothing else', [start, text(0, 'a')]],
    ['no metadata', [start, text(0, 'a'), messageStop]],
    ['no messageStop', [start, text(0, 'a'), metadata]],
  ])('takes a stream with %s for truncated', async (_name, events) => {
    let completed = false;
    const options = context({
      onComplete: () => {
        completed = true;
        return Promise.resolve();
      },
    });
    const stream = toChunks(events as ConverseStreamOutput[], options);
    const error: unknown = await readAll(stream).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ status: 502, code: 'upstream_truncated' });
    expect(completed).toBe(false);
  });

  it.each([
    ['stays open', () => new Promise<never>(() => undefined)],
    ['breaks', () => Promise.reject(new Error('ECONNRESET'))],
  ])('ends well when the connection %s after the last event', async (_name, afterwards) => {
    async function* source(): AsyncGenerator<ConverseStreamOutput> {
      yield* [start, text(0, 'a'), ...end('end_turn')];
      await afterwards();
    }
    const chunks = await readAll(toChunks(source(), context()));
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  });

  it('passes on what breaks before the last event', async () => {
    await expect(readAll(toChunks(breaking(), context()))).rejects.toThrow('ECONNRESET');
  });

  it('reads nothing before the first chunk is asked for, and lets go of the source when it is not wanted', async () => {
    const seen: string[] = [];
    async function* source(): AsyncGenerator<ConverseStreamOutput> {
      seen.push('read');
      try {
        yield start;
        yield text(0, 'a');
      } finally {
        seen.push('closed');
      }
    }
    const stream = toChunks(source(), context());
    expect(seen).toEqual([]);
    await stream.next();
    await stream.return({
      usage: undefined,
      searches: 0,
      stopReason: undefined,
      serviceTier: undefined,
      latencyMs: undefined,
    });
    expect(seen).toEqual(['read', 'closed']);
  });

  it('keeps OpenAI’s rules whatever blocks come', async () => {
    const block = fc.oneof(
      fc.record({ kind: fc.constant('text'), parts: fc.array(fc.string()) }),
      fc.record({ kind: fc.constant('reasoning'), parts: fc.array(fc.string()) }),
      fc.record({ kind: fc.constantFrom('tool', 'server'), parts: fc.constantFrom([], [''], ['{"a"', ':1}'], ['{}']) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(block), async (blocks) => {
        const chunks = await collect([start, ...blocks.flatMap(toEvents), ...end('tool_use')]);
        const all = chunks.map((chunk) => chunk.choices[0]);
        const calls = blocks.filter(({ kind }) => kind === 'tool');
        expect(all.filter((choice) => choice?.delta.role !== undefined)).toHaveLength(1);
        expect(all.filter((choice) => choice?.finish_reason !== null)).toHaveLength(1);
        expect(all.at(-1)?.finish_reason).toBe(calls.length > 0 ? 'tool_calls' : 'stop');
        const toolDeltas = all.flatMap((choice) => choice?.delta.tool_calls ?? []);
        const named = toolDeltas.filter((delta) => delta.id !== undefined);
        expect(named.map((delta) => delta.index)).toEqual(calls.map((_call, index) => index));
        for (const { index } of named) {
          const own = toolDeltas.filter((delta) => delta.index === index);
          expect(JSON.parse(own.map((delta) => delta.function.arguments).join(''))).toBeInstanceOf(Object);
        }
        const content = all.map((choice) => choice?.delta.content ?? '').join('');
        expect(content).toBe(blocks.flatMap(({ kind, parts }) => (kind === 'text' ? parts : [])).join(''));
        const servers = blocks.filter(({ kind }) => kind === 'server');
        expect(all.flatMap((choice) => choice?.delta.server_tool_calls ?? [])).toHaveLength(servers.length);
        const pieces = all.filter((choice) => choice?.delta.server_tool_calls === undefined).slice(1, -1);
        expect(pieces.every((choice) => Object.keys(choice?.delta ?? {}).length === 1)).toBe(true);
      }),
    );
  });
});
