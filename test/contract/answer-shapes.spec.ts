import type { ConverseResponse } from '@aws-sdk/client-bedrock-runtime';
import { toStreamEvents } from '../../src/bedrock/converse/to-stream-events.js';
import { DropInApp, framesOf } from '../support/drop-in-app.js';
import { textDelta, whole } from '../support/fake-answers.js';
import { schemaErrors } from '../support/openai-schemas.js';
import { jsonAnswer, streamAnswer } from '../support/replayed-bedrock.js';
import { describeWithShared } from '../support/shared-data.js';

/** What Bedrock says, beside the members that every answer has. */
type Said = Partial<ConverseResponse> & Record<string, unknown>;

const NOVA_2 = 'us.amazon.nova-2-lite-v1:0';
const OPUS_48 = 'us.anthropic.claude-opus-4-8';
const png = Buffer.from('iVBORw0KGgo=', 'base64');
const tools = ['f', 'g'].map((name) => ({ type: 'function', function: { name } }));
const schema = { type: 'object', properties: { a: { type: 'string' } } };
const jsonSchema = { response_format: { type: 'json_schema', json_schema: { name: 'n', schema } } };

const call = (id: string, name: string, input: object = {}, extra: object = {}) => ({
  toolUse: { toolUseId: id, name, input, ...extra },
});
const thought = (text: string, signature = 'c2ln') => ({ reasoningContent: { reasoningText: { text, signature } } });
const cited = (text: string, ...citations: object[]) => ({ citationsContent: { content: [{ text }], citations } });
const said = (content: object[], stopReason = 'end_turn', more: object = {}): Said => ({
  output: { message: { role: 'assistant', content: content as never } },
  stopReason: stopReason as never,
  usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
  metrics: { latencyMs: 1 },
  ...more,
});

const STOP_REASONS = [
  'end_turn',
  'tool_use',
  'max_tokens',
  'stop_sequence',
  'guardrail_intervened',
  'content_filtered',
  'malformed_model_output',
  'malformed_tool_use',
  'model_context_window_exceeded',
  'refusal',
  'a_reason_of_tomorrow',
];

const TABLE: readonly (readonly [name: string, answer: Said, request?: object])[] = [
  ['text in several blocks', said([{ text: 'a' }, { text: 'b' }])],
  ['nothing', said([])],
  ['blank text', said([{ text: '' }])],
  ['text before a call', said([{ text: 'I look.' }, call('1', 'f', { a: 1 })], 'tool_use'), { tools }],
  ['several calls', said([call('1', 'f'), call('2', 'g', { b: [1] }), call('3', 'f')], 'tool_use'), { tools }],
  ['a call at another stop', said([call('1', 'f')], 'end_turn'), { tools }],
  ['a call cut off', said([call('1', 'f')], 'max_tokens'), { tools }],
  ['a call of functions', said([call('1', 'f')], 'tool_use'), { functions: [{ name: 'f' }] }],
  ['one call of several', said([call('1', 'f'), call('2', 'g')], 'tool_use'), { tools, parallel_tool_calls: false }],
  ['thoughts, text and calls', said([thought('Hm.'), { text: 'I look.' }, call('1', 'f')], 'tool_use'), { tools }],
  ['thoughts alone, cut off', said([thought('Hm.')], 'max_tokens')],
  ['a signature alone', said([thought(''), { text: '10' }])],
  ['thoughts that are hidden', said([{ reasoningContent: { redactedContent: png } }, { text: 'a' }])],
  [
    'citations of pages',
    said([cited('a', { title: 't', location: { web: { url: 'https://a.example/x', domain: 'a.example' } } })]),
  ],
  ['citations of pages by their source', said([cited('a', { source: 'https://a.example/x' }, { source: 'a book' })])],
  ['citations without anything', said([cited('a', {}), cited('b', { title: null, source: null })])],
  [
    'citations of documents',
    said([
      { text: 'So: ' },
      cited('a', {
        title: 'd',
        sourceContent: [{ text: 'x' }],
        location: { documentPage: { documentIndex: 0, start: 1, end: 2 } },
      }),
    ]),
  ],
  [
    'a guardrail with its trace',
    said([{ text: 'Sorry.' }], 'guardrail_intervened', {
      trace: { guardrail: { actionReason: 'Guardrail blocked.' } },
    }),
    { guardrailConfig: { guardrailIdentifier: 'g', guardrailVersion: '1', trace: 'enabled' } },
  ],
  [
    'cached tokens',
    said([{ text: 'a' }], 'end_turn', {
      usage: {
        inputTokens: 1,
        outputTokens: 2,
        totalTokens: 10,
        cacheReadInputTokens: 3,
        cacheWriteInputTokens: 4,
        cacheDetails: [{ ttl: '1h', inputTokens: 4 }],
      },
    }),
  ],
  ['a tier', said([{ text: 'a' }], 'end_turn', { serviceTier: { type: 'priority' } }), { service_tier: 'priority' }],
  ['a reserved tier', said([{ text: 'a' }], 'end_turn', { serviceTier: { type: 'reserved' } })],
  [
    'native fields',
    said([{ text: 'a' }], 'stop_sequence', { additionalModelResponseFields: { stop_sequence: 'X' } }),
    { additionalModelResponseFieldPaths: ['/stop_sequence'] },
  ],
  ['an image', said([{ text: 'Here.' }, { image: { format: 'png', source: { bytes: png } } }])],
  [
    'a search inside Bedrock',
    said([
      call('s', 'nova_grounding', { query: 'q' }, { type: 'server_tool_use' }),
      {
        toolResult: { toolUseId: 's', content: [{ text: 'page' }, { json: { a: 1 } }], type: 'nova_grounding_result' },
      },
      { text: 'a' },
    ]),
    { model: NOVA_2, web_search_options: {} },
  ],
  ['a JSON tool', said([call('1', 'n_json', { a: 'b' })], 'tool_use'), { model: OPUS_48, ...jsonSchema }],
  [
    'a JSON tool beside others',
    said([{ text: 'I look.' }, call('1', 'n_json', { a: 'b' }), call('2', 'f')], 'tool_use'),
    { model: OPUS_48, tools, ...jsonSchema },
  ],
  ['fenced JSON', said([{ text: '```json\n{"a":1}\n```' }]), { response_format: { type: 'json_object' } }],
  ['two choices', said([{ text: 'a' }]), { n: 2 }],
  ...STOP_REASONS.map((reason) => [`the stop reason ${reason}`, said([{ text: 'a' }], reason)] as const),
];

const CASES = TABLE.map(([name, answer, request = {}]) => [name, answer, request] as const);

/** A chunk or an answer as far as every one of its kind has it. */
interface Shape {
  choices: { index: number; finish_reason: string | null }[];
  usage?: object | null;
}

let app: DropInApp;

beforeAll(async () => {
  app = await DropInApp.start();
});

afterAll(() => app.close());

beforeEach(() => app.reset());

describeWithShared('openai-schemas/chat.completion.json')('an answer is as OpenAI describes it', () => {
  it.each(CASES)('whole: %s', async (_name, answer, request) => {
    app.bedrock.answer = jsonAnswer(200, toWire(answer));
    const { status, body } = await app.ask(request);
    expect(status).toBe(200);
    expect(schemaErrors('chat.completion', body)).toEqual([]);
    expect(body.choices.map(({ index }: { index: number }) => index)).toEqual('n' in request ? [0, 1] : [0]);
  });

  it.each(CASES)('streamed: %s', async (_name, answer, request) => {
    app.bedrock.answer = (path) =>
      path.endsWith('-stream')
        ? streamAnswer([...toStreamEvents(answer as ConverseResponse)].map((event) => toWire(event) as never))
        : jsonAnswer(200, toWire(answer));
    const response = await app.openStream({ stream_options: { include_usage: true }, ...request });
    const frames = framesOf(await response.text());
    expect(frames.at(-1)).toBe('[DONE]');
    const chunks = frames.slice(0, -1).map((frame) => JSON.parse(frame) as Shape);
    expect(chunks.flatMap((chunk) => schemaErrors('chat.completion.chunk', chunk))).toEqual([]);
    const finished = chunks.flatMap(({ choices }) => choices.filter((choice) => choice.finish_reason !== null));
    expect(finished.map(({ index }) => index).toSorted((one, other) => one - other)).toEqual(
      'n' in request ? [0, 1] : [0],
    );
    expect(chunks.filter(({ usage }) => usage != null)).toEqual([chunks.at(-1)]);
  });

  it.each([
    ['an exception', [{ throttlingException: { message: 'Slow down.' } }]],
    ['an end too soon', []],
  ])('streamed: %s after the first words', async (_name, last) => {
    app.bedrock.answer = streamAnswer([{ messageStart: { role: 'assistant' } }, textDelta(0, 'Hel'), ...last]);
    const frames = framesOf(await (await app.openStream()).text());
    const chunks = frames.slice(0, -1).map((frame) => JSON.parse(frame) as Shape);
    expect(chunks.flatMap((chunk) => schemaErrors('chat.completion.chunk', chunk))).toEqual([]);
    expect(chunks.flatMap(({ choices }) => choices).every((choice) => choice.finish_reason === null)).toBe(true);
    const error = JSON.parse(frames.at(-1) ?? '') as { error?: object };
    expect(error.error).toBeDefined();
    expect(schemaErrors('error', error)).toEqual([]);
  });

  it('is told apart from one that is not', () => {
    const { body } = whole([{ text: 'a' }]);
    expect(schemaErrors('chat.completion', JSON.parse(body.toString()))).not.toEqual([]);
    expect(schemaErrors('chat.completion.chunk', { choices: [{ index: 0, delta: { content: 1 } }] })).not.toEqual([]);
  });
});

/** Bytes are base64 on the wire. */
function toWire(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, function (this: Record<string, unknown>, key: string, plain: unknown) {
      const held = this[key];
      return held instanceof Uint8Array ? Buffer.from(held).toString('base64') : plain;
    }),
  );
}
