import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer, type Server } from 'node:net';
import type { ConverseRequest, ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { failedAttempt } from '../../src/bedrock/attempt-result.js';
import { BedrockClients } from '../../src/bedrock/bedrock-clients.js';
import { toGatewayError } from '../../src/bedrock/bedrock.errors.js';
import type { BedrockRuntime } from '../../src/bedrock/runtime/bedrock-runtime.js';
import { createRuntime } from '../../src/bedrock/runtime/create-runtime.js';
import { LeanBedrockRuntime } from '../../src/bedrock/runtime/lean/lean-bedrock-runtime.js';
import type { ReceivedRequest } from '../../src/sandbox/operations/sandbox-state.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';
import type { BehaviourInput } from '../../src/sandbox/script/behaviour.js';
import { encodeEvent, encodeMessage } from '../../src/sandbox/framing/event-stream.js';
import { toToolInput } from '../../src/bedrock/converse/tool-arguments.js';
import { toLogError } from '../../src/logging/to-log-error.js';
import { testConfig } from '../support/config.js';
import { prepareRequest, toWire } from '../support/prepare-request.js';
import { until } from '../support/until.js';
import { describeWithShared, readJsonLines } from '../support/shared-data.js';
import { toWireJson } from '../../src/bedrock/runtime/lean/wire-json.js';

const MODEL = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';
const PROFILE_ARN = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6';
const HELLO: ConverseRequest = { modelId: MODEL, messages: [{ role: 'user', content: [{ text: 'Hello!' }] }] };
const TO = { region: 'us-east-1', account: null };
const TRANSPORTS = ['sdk', 'lean'] as const;

interface Side {
  runtime: BedrockRuntime;
  clients: BedrockClients;
}

const received: ReceivedRequest[] = [];
let sandbox: Sandbox;
const sides = new Map<string, Side>();

function sideOf(env: NodeJS.ProcessEnv): Side {
  const config = testConfig('postgresql://nowhere/none', env);
  const clients = new BedrockClients(config);
  return { runtime: createRuntime(clients, config), clients };
}

async function closeSide({ runtime, clients }: Side): Promise<void> {
  clients.onApplicationShutdown();
  if (runtime instanceof LeanBedrockRuntime) await runtime.onApplicationShutdown();
}

beforeAll(async () => {
  sandbox = await createSandbox({ onRequest: (request) => received.push(request) });
  for (const transport of TRANSPORTS) {
    const env = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url, BEDROCK_TRANSPORT: transport };
    sides.set(transport, sideOf(env));
  }
});

afterAll(async () => {
  await Promise.all([...sides.values()].map(closeSide));
  await sandbox.close();
});

/** What the rest of the product sees of a failure. */
function seen(error: unknown) {
  const { status, type, code, param, message, headers } = toGatewayError(error);
  const { outcome, errorCode, statusCode, awsRequestId } = failedAttempt(error);
  const named = { ...headers, ...(headers['x-aws-request-id'] ? { 'x-aws-request-id': 'some' } : {}) };
  const attempt = { outcome, errorCode, statusCode, hasRequestId: awsRequestId !== undefined };
  return { status, type, code, param, message, headers: named, attempt };
}

interface Outcome {
  result?: unknown;
  events?: readonly unknown[];
  failure?: ReturnType<typeof seen>;
  hasRequestId?: boolean;
}

async function whole(runtime: BedrockRuntime, input = HELLO): Promise<Outcome> {
  try {
    const { output, awsRequestId } = await runtime.converse(TO, input);
    return { result: output, hasRequestId: awsRequestId !== undefined };
  } catch (error) {
    return { failure: seen(error) };
  }
}

async function streamed(runtime: BedrockRuntime, input = HELLO): Promise<Outcome> {
  const events: ConverseStreamOutput[] = [];
  try {
    const answer = await runtime.converseStream(TO, input);
    for await (const event of answer.events) events.push(event);
    return { events, hasRequestId: answer.awsRequestId !== undefined };
  } catch (error) {
    return { events, failure: seen(error) };
  }
}

/** The same answer through each transport. */
async function through(behaviour: BehaviourInput, ask: (runtime: BedrockRuntime) => Promise<Outcome>) {
  const outcomes = new Map<string, Outcome>();
  for (const [transport, { runtime }] of sides) {
    sandbox.script.next(behaviour);
    // One after the other: a script answers whoever comes first.
    // oxlint-disable-next-line no-await-in-loop
    outcomes.set(transport, await ask(runtime));
  }
  return { sdk: outcomes.get('sdk'), lean: outcomes.get('lean') };
}

function raw(body: Buffer | string, headers: Record<string, string> = {}, status = 200): BehaviourInput {
  return { raw: { status, headers, bodyBase64: Buffer.from(body).toString('base64') } };
}

function json(body: unknown, headers: Record<string, string> = {}, status = 200): BehaviourInput {
  return raw(JSON.stringify(body), { 'content-type': 'application/json', ...headers }, status);
}

const EVENT_STREAM = { 'content-type': 'application/vnd.amazon.eventstream' };

function frames(...parts: Buffer[]): BehaviourInput {
  return raw(Buffer.concat(parts), EVENT_STREAM);
}

/** With a payload as it is given. */
function eventOf(type: string, payload: string): Buffer {
  const headers = [
    [':event-type', type],
    [':message-type', 'event'],
  ] as const;
  return encodeMessage(headers, Buffer.from(payload));
}

const START = encodeEvent('messageStart', { role: 'assistant', p: 'abc' });
const TEXT = encodeEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Grüße 👋' }, p: 'x' });
const STOP = encodeEvent('messageStop', { stopReason: 'end_turn' });

/** The SDK tells status and request id of an exception that comes first, the lean transport the id of every one. */
function withoutAnswer(outcome: Outcome | undefined) {
  const { attempt, headers, ...failure } = outcome?.failure ?? {};
  const { 'x-aws-request-id': _id, ...others } = headers ?? {};
  const { hasRequestId: _has, statusCode: _status, ...known } = attempt ?? {};
  return { ...outcome, failure: { ...failure, headers: others, attempt: known } };
}

function unreadable() {
  return { status: 502, code: 'upstream_invalid_response' };
}

const refusal = (name: string, more: object = {}): BehaviourInput => ({ fault: { kind: 'error', name, ...more } });

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

async function requestsOf(input: ConverseRequest): Promise<{ sdk: ReceivedRequest; lean: ReceivedRequest }> {
  received.length = 0;
  await through(json({ stopReason: 'end_turn' }), (runtime) => whole(runtime, input));
  const [sdk, lean] = received;
  if (sdk === undefined || lean === undefined) throw new Error('Nothing was received.');
  return { sdk, lean };
}

describe('a whole answer, through both transports', () => {
  const answers: [string, BehaviourInput][] = [
    ['text', { reply: 'Hello back — Grüße 👋' }],
    ['a call', { toolCalls: [{ name: 'look', input: { bytes: 'aGVsbG8=', deep: { redactedContent: 'x' } } }] }],
    ['a thought', { reply: 'yes', reasoning: 'Let me think.' }],
    ['a thought that is shown to nobody', { reply: 'yes', redactedReasoning: 'AAECAwT/' }],
    ['one byte at a time', { reply: 'slow', writeBytes: 1 }],
    ['fields of the model', { reply: 'x', additionalModelResponseFields: { bytes: 'aGVsbG8=', n: 0.1 } }],
    ['no usage', { reply: 'x', usage: null }],
    [
      'an image',
      json({
        output: {
          message: { role: 'assistant', content: [{ image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } }] },
        },
        stopReason: 'end_turn',
        usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
      }),
    ],
    ['no message', json({ stopReason: 'end_turn' })],
    ['nothing', { fault: { kind: 'empty' } }],
  ];

  it.each(answers)('is the same: %s', async (_name, behaviour) => {
    const { sdk, lean } = await through(behaviour, whole);
    expect(sdk?.failure).toBeUndefined();
    expect(lean).toEqual(sdk);
  });

  it('is decoded where the API has bytes, and nowhere else', async () => {
    const { lean } = await through({ reply: 'yes', redactedReasoning: 'AAECAwT/' }, whole);
    const redactedContent = Uint8Array.from([0, 1, 2, 3, 4, 255]);
    expect(lean?.result).toMatchObject({
      output: { message: { content: [{ reasoningContent: { redactedContent } }, { text: 'yes' }] } },
    });
  });

  it.each(TRANSPORTS)('keeps the digits of numbers that JavaScript would round, through %s', async (transport) => {
    const input = `{"ids":[12345678901234567890,-9007199254740993],"share":0.12345678901234567890,"n":1.5,"type":"bigDecimal","string":"1"}`;
    const body = `{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"n","input":${input}}}]}}}`;
    sandbox.script.next(raw(body));
    const { output } = (await sides.get(transport)?.runtime.converse(TO, HELLO)) ?? {};
    expect(JSON.stringify(output)).toBe(body);
  });
});

describe('a stream, through both transports', () => {
  const answers: [string, BehaviourInput][] = [
    ['text', { reply: 'Hello back — Grüße 👋', chunks: 7 }],
    ['text in a thousand events', { chunks: 1_000 }],
    ['a call', { toolCalls: [{ name: 'look', input: { bytes: 'aGVsbG8=' } }] }],
    ['thoughts', { reply: 'yes', reasoning: 'Let me think.', redactedReasoning: 'AAECAwT/' }],
    ['one byte at a time', { reply: 'slow', writeBytes: 1 }],
    ['seven bytes at a time', { reply: 'slow', writeBytes: 7 }],
    ['an end after some events', { reply: 'one two three', fault: { kind: 'truncate', afterEvents: 2 } }],
    ['events that are not known', frames(START, encodeEvent('novelty', {}), STOP)],
    [
      'pieces of an image',
      frames(
        START,
        encodeEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { image: { source: { bytes: 'aGVsbG8=' } } } }),
        STOP,
      ),
    ],
    ['an event without a payload', frames(START, eventOf('contentBlockStop', ''), STOP)],
    ['nothing', { fault: { kind: 'empty' } }],
  ];

  it.each(answers)('is the same: %s', async (_name, behaviour) => {
    const { sdk, lean } = await through(behaviour, streamed);
    expect(sdk?.failure).toBeUndefined();
    expect(lean).toEqual(sdk);
  });

  const failures: [name: string, behaviour: BehaviourInput, events: number, expected: object][] = [
    [
      'an exception',
      { reply: 'one two', fault: { kind: 'exception', name: 'throttlingException', afterEvents: 2 } },
      2,
      { status: 429, code: 'rate_limit_exceeded', attempt: { errorCode: 'ThrottlingException' } },
    ],
    [
      'an exception first',
      { fault: { kind: 'exception', name: 'serviceUnavailableException' } },
      0,
      { status: 503, attempt: { errorCode: 'ServiceUnavailableException' } },
    ],
    [
      'the status of the model behind',
      {
        fault: {
          kind: 'exception',
          name: 'modelStreamErrorException',
          details: { originalStatusCode: 429, originalMessage: 'busy' },
        },
      },
      0,
      { status: 429 },
    ],
    [
      'an exception that is not in the model',
      { reply: 'one', fault: { kind: 'exception', name: 'modelTimeoutException', afterEvents: 1 } },
      1,
      { status: 504, attempt: { errorCode: 'ModelTimeoutException' } },
    ],
    [
      'an exception in the frame of an event',
      frames(encodeEvent('validationException', { message: 'no look-ahead' })),
      0,
      { status: 400, message: 'no look-ahead', attempt: { errorCode: 'ValidationException' } },
    ],
    [
      'such a one after the first words',
      frames(START, TEXT, encodeEvent('throttlingException', { message: 'slow down' })),
      2,
      { status: 429, attempt: { errorCode: 'ThrottlingException' } },
    ],
    [
      'an error frame',
      { fault: { kind: 'error-frame', code: 'InternalFailure', afterEvents: 1 } },
      1,
      { status: 502, code: 'upstream_error' },
    ],
    ['a wrong checksum', { reply: 'one two', fault: { kind: 'bad-crc', atEvent: 1 } }, 1, unreadable()],
    ['a wrong prelude', frames(START, spoiled(TEXT, 9)), 1, unreadable()],
    ['half an event', frames(START, TEXT.subarray(0, 40)), 1, unreadable()],
    ['an event that is not JSON', frames(START, eventOf('contentBlockDelta', 'my own words')), 1, unreadable()],
    [
      'a reset',
      { reply: 'one two', fault: { kind: 'reset', afterEvents: 2 } },
      2,
      { status: 502, code: 'upstream_disconnected', attempt: { errorCode: 'ECONNRESET' } },
    ],
  ];

  it.each(failures)('fails in the same way: %s', async (_name, behaviour, count, expected) => {
    const { sdk, lean } = await through(behaviour, streamed);
    expect(lean?.events).toHaveLength(count);
    expect(lean?.failure).toMatchObject(expected);
    expect(withoutAnswer(lean)).toEqual(withoutAnswer(sdk));
  });
});

describe.each(TRANSPORTS)('an answer that is not JSON, through the transport %s', (transport) => {
  it.each<[string, BehaviourInput, (runtime: BedrockRuntime) => Promise<unknown>]>([
    ['whole', raw('my own words'), (runtime) => runtime.converse(TO, HELLO)],
    ['streamed', frames(START, eventOf('contentBlockDelta', 'my own words')), read],
  ])('is not quoted by the error: %s', async (_name, behaviour, ask) => {
    const side = sides.get(transport);
    if (side === undefined) throw new Error('No such transport.');
    sandbox.script.next(behaviour);
    const error = await ask(side.runtime).catch((caught: unknown) => caught);
    expect(JSON.stringify(toLogError(error))).not.toContain('my own');
    expect(toGatewayError(error)).toMatchObject(unreadable());
  });
});

async function read(runtime: BedrockRuntime): Promise<void> {
  const { events } = await runtime.converseStream(TO, HELLO);
  for await (const _ of events);
}

describe('a refusal, through both transports', () => {
  const refusals: [name: string, behaviour: BehaviourInput, expected: object][] = [
    [
      'throttling',
      refusal('ThrottlingException', { retryAfterSeconds: 7 }),
      { status: 429, headers: { 'retry-after': '7' } },
    ],
    [
      'validation',
      refusal('ValidationException', { message: 'max_tokens is too large' }),
      { status: 400, param: 'max_tokens' },
    ],
    ['access', refusal('AccessDeniedException'), { status: 403 }],
    ['no model', refusal('ResourceNotFoundException'), { status: 404 }],
    ['not ready', refusal('ModelNotReadyException'), { status: 503 }],
    ['model error', refusal('ModelErrorException', { details: { originalStatusCode: 413 } }), { status: 400 }],
    ['model timeout', refusal('ModelTimeoutException'), { status: 504 }],
    ['internal', refusal('InternalServerException'), { status: 502 }],
    ['an unknown name', refusal('NoveltyException', { status: 529 }), { status: 503 }],
    ['a token that is over', refusal('ExpiredTokenException'), { status: 502, code: 'upstream_authentication_failed' }],
    ['a page', { fault: { kind: 'html', status: 503 } }, { status: 503, attempt: { statusCode: 503 } }],
    [
      'a name in the body',
      json({ __type: 'com.amazon#ThrottlingException', Message: 'slow' }, {}, 400),
      { status: 429 },
    ],
    ['no name', json({ message: 'who knows' }, {}, 500), { status: 502 }],
  ];

  it.each(refusals)('is the same: %s', async (_name, behaviour, expected) => {
    const plain = await through(behaviour, whole);
    expect(plain.lean?.failure).toMatchObject(expected);
    expect(plain.lean).toEqual(plain.sdk);
    const stream = await through(behaviour, streamed);
    expect(stream.lean).toEqual(stream.sdk);
  });

  it('is the same for success that is not JSON', async () => {
    const { sdk, lean } = await through(raw('<html>', { 'content-type': 'text/html' }), whole);
    expect(lean?.failure).toMatchObject({ status: 502, code: 'upstream_invalid_response' });
    expect(lean).toEqual(sdk);
  });

  // The SDK's own error is not seen here: it loses its code in the realm that Jest runs tests in.
  it.each<[string, BehaviourInput]>([
    ['at once', { fault: { kind: 'reset' } }],
    ['inside the answer', { reply: 'long enough', fault: { kind: 'reset', afterBytes: 20 } }],
  ])('names a connection that breaks %s', async (_name, behaviour) => {
    const { lean } = await through(behaviour, whole);
    const expected = { status: 502, code: 'upstream_disconnected', attempt: { errorCode: 'ECONNRESET' } };
    expect(lean?.failure).toMatchObject(expected);
  });
});

function pick({ host, 'content-type': type, 'content-length': length }: IncomingHttpHeaders) {
  return { host, type, hasLength: length !== undefined };
}

/** Signature Version 4 once more, letter by letter after its specification. */
function signatureOf({ method, path, headers, body }: ReceivedRequest, secret: string): string {
  const authorization = headers.authorization ?? '';
  const [, scope = '', names = ''] = /Credential=[^/]+\/(\S+), SignedHeaders=(\S+),/.exec(authorization) ?? [];
  const canonical = [
    method,
    path.split('/').map(encodeURIComponent).join('/'),
    '',
    ...names.split(';').map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    names,
    sha256(body),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((previous, part) => hmac(previous, part), `AWS4${secret}`);
  return hmac(key, text).toString('hex');
}

describe('a request, through both transports', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
  const inputs: [string, ConverseRequest][] = [
    ['text', HELLO],
    ['a long text', { ...HELLO, messages: [{ role: 'user', content: [{ text: 'Grüße! '.repeat(50_000) }] }] }],
    ['an ARN', { ...HELLO, modelId: PROFILE_ARN }],
    ['letters that paths escape', { ...HELLO, modelId: "odd model!'()*~/é:0" }],
    [
      'everything',
      {
        ...HELLO,
        messages: [
          {
            role: 'user',
            content: [
              { text: 'Grüße 👋 \u2028 "quoted" \\ \n' },
              { text: 'half a pair \ud83d' },
              { image: { format: 'png', source: { bytes } } },
              { document: { format: 'pdf', name: 'paper', source: { bytes }, citations: { enabled: true } } },
            ],
          },
          {
            role: 'assistant',
            content: [
              { reasoningContent: { redactedContent: bytes } },
              { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
              { toolUse: { toolUseId: 't', name: 'look', input: { bytes: 'aGVsbG8=', n: [1e21, 0.1, -1, null] } } },
            ],
          },
          {
            role: 'user',
            content: [{ toolResult: { toolUseId: 't', content: [{ json: { a: null } }], status: 'success' } }],
          },
        ],
        system: [{ text: 'Be kind.' }, { cachePoint: { type: 'default' } }],
        inferenceConfig: { maxTokens: 10, temperature: 0.3, topP: 1, stopSequences: ['x'] },
        toolConfig: {
          tools: [{ toolSpec: { name: 'look', inputSchema: { json: { type: 'object', properties: {} } } } }],
          toolChoice: { any: {} },
        },
        additionalModelRequestFields: { top_k: 5, nested: { list: [true, null, 'x'] } },
        requestMetadata: { tenant_id: 't' },
      },
    ],
  ];

  it.each(inputs)('is the same: %s', async (_name, input) => {
    const { sdk, lean } = await requestsOf(input);
    expect(lean.method).toBe('POST');
    expect(lean.path).toBe(sdk.path);
    expect(JSON.parse(lean.body.toString())).toEqual(JSON.parse(sdk.body.toString()));
    expect(pick(lean.headers)).toEqual(pick(sdk.headers));
  });

  it.each(TRANSPORTS)('keeps the digits of numbers that JavaScript would round, through %s', async (transport) => {
    const digits = '{"ids":[12345678901234567890,-9007199254740993],"share":0.12345678901234567890}';
    const input = toToolInput(digits, 'arguments') as never;
    const content = [{ toolUse: { toolUseId: 't', name: 'look', input } }];
    const wire = await requestsOf({ modelId: MODEL, messages: [{ role: 'assistant', content }] });
    expect(wire[transport].body.toString()).toContain(`"input":${digits}`);
  });

  it.each(inputs)('has a signature that proves it: %s', async (_name, input) => {
    const { sdk, lean } = await requestsOf(input);
    for (const request of [sdk, lean]) {
      expect(request.headers.authorization).toContain(`Signature=${signatureOf(request, 'not-a-secret')}`);
      expect(request.headers.authorization).not.toContain('user-agent;');
    }
    expect(lean.headers['x-amz-content-sha256']).toBe(createHash('sha256').update(lean.body).digest('hex'));
  });

  it('asks for an embedding with the same body and headers', async () => {
    received.length = 0;
    const input = { modelId: 'amazon.titan-embed-text-v2:0', body: '{"inputText":"x"}', requestMetadata: '{"a":"b"}' };
    const answers: unknown[] = [];
    for (const { runtime } of sides.values()) {
      sandbox.script.next(json({ embedding: [1] }, { 'x-amzn-bedrock-input-token-count': '3' }));
      // oxlint-disable-next-line no-await-in-loop
      const { text, headers } = await runtime.invokeModel(TO, input);
      answers.push({ text, tokens: headers['x-amzn-bedrock-input-token-count'] });
    }
    expect(answers).toEqual(Array.from({ length: 2 }, () => ({ text: '{"embedding":[1]}', tokens: '3' })));
    const wire = received.map(({ path, headers, body }) => ({
      path,
      body: body.toString(),
      accept: headers.accept,
      type: headers['content-type'],
      metadata: headers['x-amzn-bedrock-request-metadata'],
    }));
    expect(wire[1]).toEqual(wire[0]);
  });
});

interface RequestCase {
  model: string;
  input: Record<string, unknown>;
}

const CASES = 'cases/translation.jsonl';

describeWithShared(CASES)('the requests of all cases', () => {
  it('are written as the SDK writes them', async () => {
    const prepared = readJsonLines<RequestCase>(CASES).flatMap(({ model, input }) => attempted(model, input) ?? []);
    expect(prepared.length).toBeGreaterThan(20);
    for (const request of prepared) {
      const { modelId: _path, ...input } = request.input;
      // oxlint-disable-next-line no-await-in-loop
      const { body } = await toWire(request);
      expect(JSON.parse(toWireJson(input))).toEqual(body);
    }
  });
});

/** Nothing for a request that the gateway refuses, or that is no chat request. */
function attempted(model: string, input: Record<string, unknown>) {
  try {
    return prepareRequest(model, input);
  } catch {
    return undefined;
  }
}

describe.each(TRANSPORTS)('the timeouts of the transport %s', (transport) => {
  let silent: Server;

  beforeAll(async () => {
    silent = createServer((socket) => socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    await new Promise((resolve) => silent.close(resolve));
  });

  async function failing(env: NodeJS.ProcessEnv, ask: (runtime: BedrockRuntime) => Promise<Outcome>): Promise<Outcome> {
    const side = sideOf({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url, BEDROCK_TRANSPORT: transport, ...env });
    try {
      return await ask(side.runtime);
    } finally {
      await closeSide(side);
    }
  }

  it('end a wait for the first byte', async () => {
    const { port } = silent.address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    const env = { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url, AWS_FIRST_BYTE_TIMEOUT_MS: '50' };
    const expected = { status: 504, code: 'upstream_timeout', attempt: { errorCode: 'FirstByteTimeout' } };
    expect((await failing(env, whole)).failure).toMatchObject(expected);
    expect((await failing(env, streamed)).failure).toMatchObject(expected);
  });

  it('end a silence within a stream', async () => {
    sandbox.script.next({ reply: 'one two three', fault: { kind: 'stall', afterEvents: 2, ms: 60_000 } });
    const { events, failure } = await failing({ AWS_IDLE_TIMEOUT_MS: '1000' }, streamed);
    expect(events).toHaveLength(2);
    expect(failure).toMatchObject({
      status: 504,
      code: 'upstream_idle_timeout',
      attempt: { errorCode: 'IdleTimeout' },
    });
  });

  it('are none of a slow but steady stream', async () => {
    sandbox.script.next({ reply: 'one two three four five six', chunks: 6, delayMs: 30 });
    const { failure } = await failing({ AWS_IDLE_TIMEOUT_MS: '2000', AWS_FIRST_BYTE_TIMEOUT_MS: '2000' }, streamed);
    expect(failure).toBeUndefined();
  });
});

describe.each(TRANSPORTS)('a reader of the transport %s that leaves', (transport) => {
  it('ends the call at Bedrock', async () => {
    const abort = new AbortController();
    sandbox.script.next({ chunks: 1_000, delayMs: 5 });
    const answer = await sides.get(transport)?.runtime.converseStream(TO, HELLO, { signal: abort.signal });
    const iterator = answer?.events[Symbol.asyncIterator]();
    await iterator?.next();
    const [entry] = sandbox.journal.list().slice(-1);
    abort.abort();
    await expect(drained(iterator)).rejects.toMatchObject({ name: expect.any(String) });
    await until(() => entry?.clientGone === true, 'the client is gone');
  });

  it('ends the call at Bedrock by ending the stream', async () => {
    sandbox.script.next({ chunks: 1_000, delayMs: 5 });
    const answer = await sides.get(transport)?.runtime.converseStream(TO, HELLO);
    const iterator = answer?.events[Symbol.asyncIterator]();
    await iterator?.next();
    const [entry] = sandbox.journal.list().slice(-1);
    await iterator?.return?.();
    await until(() => entry?.clientGone === true, 'the client is gone');
    expect(await iterator?.next()).toMatchObject({ done: true });
  });

  it('is refused at once when it has left before', async () => {
    const count = sandbox.journal.list().length;
    const call = sides.get(transport)?.runtime.converse(TO, HELLO, { signal: AbortSignal.abort() });
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(sandbox.journal.list()).toHaveLength(count);
  });
});

async function drained(iterator: AsyncIterator<unknown> | undefined): Promise<void> {
  while (!(await iterator?.next())?.done);
}

function spoiled(frame: Buffer, at: number): Buffer {
  const copy = Buffer.from(frame);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}
