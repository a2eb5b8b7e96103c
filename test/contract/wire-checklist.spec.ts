import { existsSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Answer, Call } from '../support/access-app.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

const NOVA = 'us.amazon.nova-lite-v1:0';
const CLAUDE = 'global.anthropic.claude-sonnet-4-6';
const LLAMA = 'us.meta.llama4-scout-17b-instruct-v1:0';
const CHAT = '/v1/chat/completions';
const ORIGIN = 'https://chat.example.com';
const FIRST_ITEM = 1;
const LAST_ITEM = 88;
const EMBEDDINGS_ITEM = 85;
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const tool = (name: string, fields: object = {}) => ({ type: 'function', function: { name, ...fields } });
const toolCall = (id: string, name = 'get_weather') => ({ id, type: 'function', function: { name, arguments: '{}' } });
const WEATHER = tool('get_weather', {
  description: 'The weather of a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
});
const CALLS_WEATHER = { toolCalls: [{ name: 'get_weather', input: { city: 'Paris' } }] };

const turnsWith = (content: object) => ({
  tools: [WEATHER],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'hi' }] },
    { role: 'assistant', tool_calls: [toolCall('a1')], ...content },
    { role: 'tool', tool_call_id: 'a1', content: '' },
  ],
});

const withImage = (url: string, fields: object = {}) => ({
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url, ...fields } }] }],
});

const withFile = (fields: object) => ({
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'read' },
        { type: 'file', file: fields },
      ],
    },
  ],
});

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ CORS_ORIGINS: ORIGIN, STREAM_DRAIN_MS: '0' });
});

afterAll(() => gateway.close());

interface Streamed {
  status: number;
  headers: Headers;
  text: string;
  /** What stands after `data: `. */
  frames: string[];
  // The tests look into chunks of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  chunks: any[];
}

function scripted(directive: object, text = 'hello') {
  return [{ role: 'user', content: `${text} [[sandbox: ${JSON.stringify(directive)}]]` }];
}

function failing(name: string, fields: object = {}) {
  return { messages: scripted({ times: 9, fault: { kind: 'error', name, ...fields } }) };
}

function call(method: string, path: string, options: Call = {}): Promise<Answer> {
  return gateway.call(method, path, { key: gateway.tenantKey, ...options });
}

function chat(fields: object = {}, directive: object = {}): Promise<Answer> {
  return call('POST', CHAT, { body: { model: NOVA, messages: scripted(directive), ...fields } });
}

function post(
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
  path = CHAT,
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(gateway.baseUrl + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.tenantKey}`, ...headers },
    body,
    ...(signal && { signal }),
  });
}

function postJson(body: object, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
  return post(JSON.stringify(body), { 'content-type': 'application/json', ...headers }, CHAT, signal);
}

async function stream(fields: object = {}, directive: object = {}): Promise<Streamed> {
  const response = await postJson({ model: NOVA, messages: scripted(directive), stream: true, ...fields });
  const text = await response.text();
  const frames = text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => frame.slice('data: '.length));
  const chunks = frames.filter((frame) => frame !== '[DONE]').map((frame) => JSON.parse(frame));
  return { status: response.status, headers: response.headers, text, frames, chunks };
}

async function accepts(...requests: object[]): Promise<void> {
  for (const fields of requests) {
    const { status, body } = await chat(fields);
    expect([Object.keys(fields), status, body.error]).toEqual([Object.keys(fields), 200, undefined]);
  }
}

async function refuses(fields: object, param: string | null, code?: string | null, status = 400): Promise<void> {
  const answer = await chat(fields);
  expect([Object.keys(fields), answer.status]).toEqual([Object.keys(fields), status]);
  expect(answer.body).toEqual({
    error: {
      message: expect.any(String),
      type: expect.any(String),
      param,
      code: code === undefined ? answer.body.error.code : code,
    },
  });
}

/** Without `fetch`, which sends no `Expect`. */
function postWhenAsked(headers: Record<string, string>, body: string): Promise<{ status: number; continued: boolean }> {
  return new Promise((resolve, reject) => {
    let continued = false;
    const request = httpRequest(gateway.baseUrl + CHAT, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json', ...headers },
    });
    request.on('continue', () => {
      continued = true;
      request.end(body);
    });
    request.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, continued });
    });
    request.on('error', reject);
    request.flushHeaders();
  });
}

const textOf = ({ chunks }: Streamed) => chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
const message = (answer: Answer) => answer.body.choices[0].message;
const finishReason = (answer: Answer) => answer.body.choices[0].finish_reason;

const CHECKS: [item: number, rule: string, check: () => Promise<void>][] = [
  [
    1,
    'the path of OpenAI, of the predecessor and of Bedrock itself',
    async () => {
      for (const prefix of ['/v1', '/api/v1', '/openai/v1']) {
        const answer = await call('POST', `${prefix}/chat/completions`, {
          body: { model: NOVA, messages: scripted({}) },
        });
        expect([prefix, answer.status]).toEqual([prefix, 200]);
        expect((await call('GET', `${prefix}/models`)).status).toBe(200);
      }
    },
  ],
  [
    2,
    'a slash at the end',
    async () => {
      expect((await call('POST', `${CHAT}/`, { body: { model: NOVA, messages: scripted({}) } })).status).toBe(200);
      expect((await call('GET', '/v1/models/')).body.object).toBe('list');
      expect((await call('GET', `/v1/models/${NOVA}/`)).body.id).toBe(NOVA);
    },
  ],
  [
    3,
    'model ids raw and percent-encoded',
    async () => {
      const { body } = await call('GET', '/v1/models');
      const ids: string[] = body.data.map(({ id }: { id: string }) => id);
      const withSlash = ids.find((id) => id.includes('/'));
      expect(withSlash).toBeDefined();
      for (const id of [NOVA, CLAUDE, withSlash ?? '']) {
        expect((await call('GET', `/v1/models/${id}`)).body.id).toBe(id);
        expect((await call('GET', `/v1/models/${encodeURIComponent(id)}`)).body.id).toBe(id);
      }
      expect((await call('GET', '/v1/models/%E0%A4%A')).status).toBe(400);
    },
  ],
  [
    4,
    'the root without a key',
    async () => {
      expect((await call('GET', '/', { key: null })).status).toBe(200);
      expect((await call('HEAD', '/', { key: null })).status).toBe(200);
    },
  ],
  [
    5,
    'preflights of browsers',
    async () => {
      const asked = 'authorization, content-type, x-api-key, anthropic-version, x-stainless-os';
      const preflight = await call('OPTIONS', CHAT, {
        key: null,
        headers: {
          origin: ORIGIN,
          'access-control-request-method': 'POST',
          'access-control-request-headers': asked,
        },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(preflight.headers.get('access-control-allow-headers')).toBe(asked);
      const refusal = await call('GET', '/v1/x', { headers: { origin: ORIGIN } });
      expect(refusal.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(refusal.headers.get('access-control-expose-headers')).toMatch(
        /x-request-id.*retry-after.*x-gateway-account/,
      );
    },
  ],
  [
    6,
    'an unknown path',
    async () => {
      const { status, body } = await call('POST', '/v1/x', { body: {} });
      expect(status).toBe(404);
      expect(body).toEqual({
        error: { message: 'Invalid URL (POST /v1/x)', type: 'invalid_request_error', param: null, code: null },
      });
    },
  ],
  [
    7,
    'a wrong method',
    async () => {
      for (const [method, path, allow] of [
        ['GET', CHAT, 'POST'],
        ['HEAD', CHAT, 'POST'],
        ['PUT', `${CHAT}/`, 'POST'],
        ['DELETE', `/v1/models/${NOVA}`, 'GET, HEAD'],
        ['PUT', '/admin/v1/tenants', 'POST, GET, HEAD'],
        ['POST', '/', 'GET, HEAD'],
      ] as const) {
        const { status, headers, body } = await call(method, path);
        expect([method, path, status, headers.get('allow')]).toEqual([method, path, 405, allow]);
        expect(method === 'HEAD' ? null : body.error.code).toBe(method === 'HEAD' ? null : 'method_not_supported');
      }
    },
  ],
  [
    8,
    'a query string',
    async () => {
      const body = { model: NOVA, messages: scripted({}) };
      expect((await call('POST', `${CHAT}?beta=true&api-version=1`, { body })).status).toBe(200);
    },
  ],
  [
    10,
    'bodies of 30 MB, and 413 beyond the limit',
    async () => {
      await accepts({ x_padding: 'x'.repeat(30_000_000) });
      await refuses({ x_padding: 'x'.repeat(32_000_000) }, null, 'request_too_large', 413);
    },
  ],
  [
    11,
    'gzip, and 415 for what is unknown',
    async () => {
      const body = gzipSync(JSON.stringify({ model: NOVA, messages: scripted({}) }));
      const json = { 'content-type': 'application/json' };
      expect((await post(body, { ...json, 'content-encoding': 'gzip' })).status).toBe(200);
      expect((await post(body, { ...json, 'content-encoding': 'zstd-x' })).status).toBe(415);
      expect((await post('{}', { ...json, 'content-encoding': 'gzip' })).status).toBe(400);
    },
  ],
  [
    12,
    'a charset in the content type, and no other type',
    async () => {
      const body = JSON.stringify({ model: NOVA, messages: scripted({}) });
      expect((await post(body, { 'content-type': 'application/json; charset=utf-8' })).status).toBe(200);
      const refused = await post(body, { 'content-type': 'text/plain' });
      expect(refused.status).toBe(415);
      expect(await refused.json()).toMatchObject({ error: { code: 'unsupported_content_type' } });
    },
  ],
  [
    13,
    'without a content type it is read as JSON',
    async () => {
      const body = new TextEncoder().encode(JSON.stringify({ model: NOVA, messages: scripted({}) }));
      expect((await post(body, {})).status).toBe(200);
    },
  ],
  [
    14,
    'what is not JSON',
    async () => {
      const refused = await post('{"model":', { 'content-type': 'application/json' });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        error: { message: expect.stringMatching(/could not parse the JSON/) },
      });
    },
  ],
  [
    15,
    'JSON that is no object',
    async () => {
      for (const body of ['[]', '"x"', 'null', '5']) {
        const refused = await post(body, { 'content-type': 'application/json' });
        expect([body, refused.status]).toEqual([body, 400]);
        expect(await refused.json()).toMatchObject({ error: { param: null, code: 'invalid_type' } });
      }
    },
  ],
  [
    16,
    'Expect, keep-alive, and streams as they are',
    async () => {
      const body = JSON.stringify({ model: NOVA, messages: scripted({}) });
      const length = String(Buffer.byteLength(body));
      expect(await postWhenAsked({ expect: '100-continue', 'content-length': length }, body)).toEqual({
        status: 200,
        continued: true,
      });
      const answer = await postJson(
        { model: NOVA, messages: scripted({}), stream: true },
        { 'accept-encoding': 'gzip, br' },
      );
      expect(answer.headers.get('content-encoding')).toBeNull();
      expect(answer.headers.get('connection')).toBe('keep-alive');
      await answer.text();
    },
  ],
  [
    17,
    'x-request-id on every answer',
    async () => {
      const answers = [
        await chat(),
        await stream(),
        await chat({ messages: [] }),
        await call('GET', CHAT),
        await call('GET', '/v1/x', { key: null }),
        await call('GET', '/v1/models', { key: null }),
        await post('{', { 'content-type': 'application/json' }),
        await call('OPTIONS', CHAT, { headers: { origin: ORIGIN, 'access-control-request-method': 'POST' } }),
      ];
      const ids = answers.map(({ headers }) => headers.get('x-request-id'));
      expect(ids).toEqual(answers.map(() => expect.stringMatching(/^req_[0-9a-f]{32}$/)));
      expect(new Set(ids).size).toBe(answers.length);
    },
  ],
  [
    18,
    'x-client-request-id comes back',
    async () => {
      const { headers } = await call('GET', '/v1/models', { headers: { 'x-client-request-id': 'mine-1' } });
      expect(headers.get('x-client-request-id')).toBe('mine-1');
    },
  ],
  [
    19,
    'the headers of OpenAI',
    async () => {
      for (const { headers } of [await chat(), await stream(), await chat({ messages: [] })]) {
        expect(headers.get('openai-version')).toBe('2020-10-01');
        expect(headers.get('openai-processing-ms')).toMatch(/^\d+$/);
      }
    },
  ],
  [
    21,
    'Retry-After in whole seconds on a 429',
    async () => {
      const { status, headers } = await chat(failing('ThrottlingException'));
      expect(status).toBe(429);
      expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    },
  ],
  [
    22,
    'x-should-retry where a retry cannot help',
    async () => {
      for (const name of ['ServiceQuotaExceededException', 'UnrecognizedClientException']) {
        const { status, headers } = await chat(failing(name));
        expect([name, status >= 429, headers.get('x-should-retry')]).toEqual([name, true, 'false']);
      }
    },
  ],
  [
    24,
    'the headers of a stream',
    async () => {
      const { headers } = await stream();
      expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
      expect(headers.get('cache-control')).toMatch(/^no-cache\b/);
      expect(headers.get('x-accel-buffering')).toBe('no');
    },
  ],
  [
    25,
    'the content type of JSON',
    async () => {
      for (const { headers } of [await chat(), await chat({ messages: [] }), await call('GET', '/v1/models')]) {
        expect(headers.get('content-type')).toMatch(/^application\/json\b/);
      }
    },
  ],
  [
    26,
    'no headers of AWS',
    async () => {
      for (const { headers } of [await chat(), await stream(), await chat(failing('ValidationException'))]) {
        expect([...headers.keys()].filter((name) => /^x-amz|^server$|^x-powered-by$/.test(name))).toEqual([]);
      }
    },
  ],
  [
    27,
    '401 without a key and with a wrong one',
    async () => {
      for (const [key, code] of [
        [null, null],
        ['sk-0000000000000000000000000000000000', 'invalid_api_key'],
      ] as const) {
        const { status, headers, body } = await call('POST', CHAT, { key, body: {} });
        expect(status).toBe(401);
        expect(headers.get('www-authenticate')).toBe('Bearer');
        expect(body.error).toMatchObject({ type: 'invalid_request_error', code });
      }
    },
  ],
  [
    28,
    'the key in every header that clients use',
    async () => {
      const key = gateway.tenantKey;
      for (const headers of [
        { authorization: `Bearer ${key}` },
        { authorization: `bearer ${key}` },
        { 'x-api-key': key },
        { 'api-key': key },
      ] as Record<string, string>[]) {
        expect((await call('GET', '/v1/models', { key: null, headers })).status).toBe(200);
      }
    },
  ],
  [
    29,
    'the four members of an error',
    async () => {
      const answers = [
        await call('GET', '/v1/x'),
        await call('GET', CHAT),
        await call('GET', '/v1/models', { key: null }),
        await call('GET', '/v1/models/none'),
        await call('GET', '/v1/models/%zz'),
        await chat({ messages: 'x' }),
        await chat(failing('AccessDeniedException')),
        await chat(failing('ThrottlingException')),
        await chat(failing('ServiceUnavailableException')),
      ];
      for (const { body } of answers) {
        expect(Object.keys(body)).toEqual(['error']);
        expect(Object.keys(body.error)).toEqual(['message', 'type', 'param', 'code']);
        expect([null, 'string']).toContain(body.error.code === null ? null : typeof body.error.code);
      }
    },
  ],
  [
    30,
    'a model that does not exist',
    async () => {
      await refuses({ model: 'acme.nothing-v1' }, 'model', 'model_not_found', 404);
      await refuses({ model: 'acme.nothing-v1', stream: true }, 'model', 'model_not_found', 404);
    },
  ],
  [
    31,
    'a refusal of AWS is a 403',
    async () => {
      const { status, body } = await chat(failing('AccessDeniedException'));
      expect([status, body.error.type]).toEqual([403, 'permission_error']);
    },
  ],
  [
    32,
    'a context that is too long',
    () =>
      refuses(
        failing('ValidationException', { message: 'Input is too long for requested model.' }),
        'messages',
        'context_length_exceeded',
      ),
  ],
  [
    33,
    'throttling and a used-up quota are told apart',
    async () => {
      await refuses(failing('ThrottlingException'), null, 'rate_limit_exceeded', 429);
      await refuses(failing('ServiceQuotaExceededException'), null, 'insufficient_quota', 429);
    },
  ],
  [
    34,
    'failures of Bedrock, and never its HTML',
    async () => {
      await refuses(failing('ServiceUnavailableException'), null, 'service_unavailable', 503);
      await refuses(failing('ModelTimeoutException'), null, 'upstream_timeout', 504);
      await refuses(failing('InternalServerException'), null, 'upstream_error', 502);
      const { status, body } = await chat({}, { times: 9, fault: { kind: 'html', status: 503 } });
      expect(status).toBe(503);
      expect(body.error.message).not.toContain('<');
    },
  ],
  [
    35,
    'the path of the field at fault',
    async () => {
      await refuses({ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content');
      await refuses({ tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name');
      await refuses({ response_format: { type: 'json_schema', json_schema: {} } }, 'response_format.json_schema.name');
    },
  ],
  [
    36,
    'the codes of validation',
    async () => {
      await refuses({ messages: undefined }, 'messages', 'missing_required_parameter');
      await refuses({ temperature: 'hot' }, 'temperature', 'invalid_type');
      await refuses({ reasoning_effort: 'huge' }, 'reasoning_effort', 'invalid_value');
      await refuses({ temperature: 3 }, 'temperature', 'decimal_above_max_value');
      await refuses({ max_tokens: 0 }, 'max_tokens', 'integer_below_min_value');
      await refuses({ logprobs: true }, 'logprobs', 'unsupported_parameter');
      await refuses({ messages: [] }, 'messages', 'empty_array');
    },
  ],
  [
    37,
    'a stream that fails before its first chunk is no stream',
    async () => {
      const { status, headers, frames } = await stream(failing('AccessDeniedException'));
      expect([status, frames]).toEqual([403, []]);
      expect(headers.get('content-type')).toMatch(/^application\/json\b/);
    },
  ],
  [
    38,
    'a stream that fails later ends with an error frame',
    async () => {
      const fault = { kind: 'exception', name: 'modelStreamErrorException', afterEvents: 3 };
      const { status, text, chunks } = await stream({}, { reply: 'a b c d', chunks: 4, fault });
      expect(status).toBe(200);
      expect(chunks.at(-1)).toEqual({ error: expect.objectContaining({ message: expect.any(String), param: null }) });
      expect(text).not.toContain('[DONE]');
      expect(chunks.slice(0, -1).map(({ choices }) => choices[0].finish_reason)).not.toContain('stop');
    },
  ],
  [
    39,
    'no account, ARN or key in the text of an error',
    async () => {
      const secret = 'arn:aws:iam::123456789012:role/gateway';
      for (const name of ['AccessDeniedException', 'ValidationException', 'InternalServerException']) {
        const { body } = await chat(failing(name, { message: `User ${secret} AKIAIOSFODNN7EXAMPLE in 123456789012` }));
        expect(JSON.stringify(body)).not.toMatch(/arn:aws|123456789012|AKIA/);
      }
      const { body } = await call('GET', '/v1/models', { key: 'sk-0000000000000000000000000000000000' });
      expect(JSON.stringify(body)).not.toContain('sk-0000');
    },
  ],
  [
    40,
    'a client that leaves ends the call of Bedrock, where it is not read on for its usage',
    async () => {
      const last = gateway.sandbox.journal.list().at(-1)?.sequence ?? 0;
      const controller = new AbortController();
      const messages = scripted({ reply: 'a b c d', chunks: 4, fault: { kind: 'stall', afterEvents: 3, ms: 30_000 } });
      const response = await postJson({ model: NOVA, stream: true, messages }, {}, controller.signal);
      await response.body?.getReader().read();
      controller.abort();
      await until(() => gateway.sandbox.journal.list(last)[0]?.clientGone === true, 'the end of the call');
      expect(gateway.sandbox.journal.list(last)).toHaveLength(1);
    },
  ],
  [
    41,
    'unknown parameters',
    () => accepts({ client_metadata: { a: 1 } }, { eager_input_streaming: true }, { x_mine: [1] }),
  ],
  [
    42,
    'no meaning is dropped in silence',
    async () => {
      for (const [field, value] of Object.entries({
        logprobs: true,
        top_logprobs: 3,
        logit_bias: { 5: 1 },
        modalities: ['audio'],
        audio: { voice: 'alloy', format: 'mp3' },
      })) {
        await refuses({ [field]: value }, field, 'unsupported_parameter');
      }
      const search = { model: 'global.anthropic.claude-sonnet-4-6', web_search_options: {} };
      await refuses(search, 'web_search_options', 'unsupported_parameter');
      expect((await chat({ n: 2 })).body.choices).toHaveLength(2);
      expect((await chat({ tool_choice: 'required' })).status).toBe(400);
    },
  ],
  [
    43,
    'values that mean nothing',
    async () => {
      const harmless = {
        n: 1,
        frequency_penalty: 0,
        presence_penalty: 0,
        logprobs: false,
        top_logprobs: 0,
        logit_bias: {},
        modalities: ['text'],
        seed: 1,
        store: true,
        metadata: { a: 'b' },
        user: 'u',
        service_tier: 'auto',
        parallel_tool_calls: true,
        temperature: 1,
        top_p: 1,
        stop: null,
      };
      const nothing = Object.fromEntries(
        [...Object.keys(harmless), 'tools', 'tool_choice', 'response_format', 'max_tokens', 'stream'].map((field) => [
          field,
          null,
        ]),
      );
      await accepts(harmless, nothing);
    },
  ],
  [
    44,
    'the limit of tokens',
    async () => {
      const reply = 'word '.repeat(2_000);
      const both = await chat({ max_completion_tokens: 5, max_tokens: 500 }, { reply });
      expect([both.body.usage.completion_tokens, finishReason(both)]).toEqual([5, 'length']);
      expect(finishReason(await chat({}, { reply }))).toBe('stop');
      await refuses({ max_completion_tokens: 0 }, 'max_completion_tokens');
      await refuses({ max_tokens: -1 }, 'max_tokens');
    },
  ],
  [
    45,
    'stop sequences',
    async () => {
      for (const stop of ['STOP', ['STOP'], ['a!', 'b!', 'c!', 'STOP']]) {
        expect(message(await chat({ stop }, { reply: 'one STOP two' })).content).toBe('one ');
      }
      await accepts({ stop: null }, { stop: [] });
      await refuses({ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop');
    },
  ],
  [
    46,
    'every role, and a system message anywhere',
    async () => {
      const user = { role: 'user', content: 'hi' };
      await accepts(
        { messages: [{ role: 'developer', content: 'a' }, { role: 'system', content: 'b' }, user] },
        { messages: [user, { role: 'assistant', content: 'a' }, { role: 'system', content: 'b' }, user] },
        {
          messages: [
            user,
            { role: 'assistant', content: null, function_call: { name: 'get_weather', arguments: '{}' } },
            { role: 'function', name: 'get_weather', content: 'sunny' },
          ],
        },
      );
      await refuses({ messages: [{ role: 'robot', content: 'a' }] }, 'messages[0].role');
    },
  ],
  [
    47,
    'every form of content',
    async () => {
      await accepts(
        turnsWith({}),
        turnsWith({ content: null }),
        turnsWith({ content: '' }),
        turnsWith({ content: 'so' }),
      );
    },
  ],
  [
    48,
    'parts in messages of the assistant and of tools',
    () =>
      accepts({
        tools: [WEATHER],
        messages: [
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] },
          { role: 'user', content: 'please' },
          { role: 'assistant', content: [{ type: 'text', text: 'so' }], tool_calls: [toolCall('a1')] },
          { role: 'tool', tool_call_id: 'a1', content: [{ type: 'text', text: 'sunny' }] },
        ],
      }),
  ],
  [
    49,
    'names on messages',
    () =>
      accepts({
        messages: [
          { role: 'system', name: 'rules', content: 'a' },
          { role: 'user', name: 'Ann', content: 'hi' },
          { role: 'assistant', name: 'Bob', content: 'b' },
          { role: 'user', name: 'Ann', content: 'again' },
        ],
      }),
  ],
  [
    50,
    'turns that Converse does not take as they are',
    async () => {
      const results = {
        tools: [WEATHER],
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', content: null, tool_calls: [toolCall('a1'), toolCall('a2')] },
          { role: 'tool', tool_call_id: 'a1', content: 'x' },
          { role: 'tool', tool_call_id: 'a2', content: 'y' },
          { role: 'user', content: 'b' },
          { role: 'user', content: 'c' },
        ],
      };
      await accepts(results, { ...results, model: CLAUDE });
      await accepts({
        messages: [
          { role: 'assistant', content: 'a' },
          { role: 'user', content: 'b' },
        ],
      });
    },
  ],
  [
    51,
    'calls and results that do not match',
    async () => {
      const user = { role: 'user', content: 'hi' };
      await refuses(
        { tools: [WEATHER], messages: [user, { role: 'tool', tool_call_id: 'nobody', content: 'x' }] },
        'messages[1].tool_call_id',
      );
      const unanswered = await chat({
        tools: [WEATHER],
        messages: [user, { role: 'assistant', content: null, tool_calls: [toolCall('a1')] }, user],
      });
      expect(unanswered.status).toBe(400);
    },
  ],
  [
    52,
    'images',
    async () => {
      await accepts(
        withImage(`data:image/png;base64,${PNG}`),
        withImage(`data:image/png;base64,${PNG}`, { detail: 'high' }),
      );
      await refuses(withImage('data:image/png;base64,%%%'), 'messages[0].content[0].image_url.url');
      await refuses(withImage('https://169.254.169.254/latest.png'), 'messages[0].content[0].image_url.url');
    },
  ],
  [
    53,
    'files',
    async () => {
      const data = Buffer.from('hello').toString('base64');
      await accepts(
        withFile({ filename: 'a.txt', file_data: `data:text/plain;base64,${data}` }),
        withFile({ filename: 'a.txt', file_data: data }),
      );
      expect((await chat(withFile({ file_id: 'file-1' }))).status).toBe(400);
    },
  ],
  [
    54,
    'sound for a model that hears nothing',
    () =>
      refuses(
        {
          messages: [
            { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] },
          ],
        },
        'messages[0].content[0]',
      ),
  ],
  [
    55,
    'tools in every form',
    async () => {
      const parameters = {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        properties: { a: { type: ['string', 'null'] }, b: { $ref: '#/$defs/b' } },
        $defs: { b: { type: 'number' } },
        additionalProperties: false,
      };
      await accepts(
        ...[NOVA, CLAUDE, LLAMA].flatMap((model) => [
          { model, tools: [tool('plain'), tool('null', { parameters: null, strict: null })] },
          { model, tools: [tool('full', { parameters, strict: false })] },
          { model, tools: Array.from({ length: 130 }, (_, index) => tool(`t${index}`, { strict: false })) },
        ]),
      );
    },
  ],
  [
    56,
    'functions of the time before tools',
    async () => {
      const functions = [WEATHER.function];
      const answer = await chat({ functions, function_call: { name: 'get_weather' } });
      expect(message(answer)).toMatchObject({
        content: null,
        function_call: { name: 'get_weather', arguments: expect.stringMatching(/^\{.*\}$/) },
      });
      expect(message(answer)).not.toHaveProperty('tool_calls');
      expect(finishReason(answer)).toBe('function_call');
      await refuses({ functions, function_call: { name: 'f' } }, 'function_call');
      await refuses({ functions, tools: [WEATHER] }, 'functions');
    },
  ],
  [
    57,
    'every choice of tools',
    async () => {
      const named = { type: 'function', function: { name: 'get_weather' } };
      const allowed = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [named] } };
      for (const choice of ['required', named, allowed]) {
        const { tool_calls: calls } = message(await chat({ tools: [WEATHER], tool_choice: choice }));
        expect(calls).toEqual([expect.objectContaining({ type: 'function' })]);
      }
      await accepts({ tools: [WEATHER], tool_choice: 'auto' });
    },
  ],
  [
    58,
    'no call when the choice is none',
    async () => {
      for (const model of [NOVA, CLAUDE, LLAMA]) {
        const messages = [{ role: 'user', content: 'get_weather' }];
        const called = message(await chat({ model, tools: [WEATHER], messages }));
        expect([model, called.tool_calls?.length]).toEqual([model, 1]);
        const { tool_calls: calls } = message(await chat({ model, tools: [WEATHER], tool_choice: 'none', messages }));
        expect([model, calls]).toEqual([model, undefined]);
      }
    },
  ],
  [
    59,
    'one call at a time',
    async () => {
      const toolCalls = [{ name: 'get_weather' }, { name: 'get_weather' }];
      for (const model of [NOVA, LLAMA, CLAUDE]) {
        const both = message(await chat({ model, tools: [WEATHER] }, { toolCalls }));
        expect([model, both.tool_calls.length]).toEqual([model, 2]);
        const fields = { model, tools: [WEATHER], parallel_tool_calls: false };
        expect([model, message(await chat(fields, { toolCalls })).tool_calls.length]).toEqual([model, 1]);
        const { chunks } = await stream(fields, { toolCalls });
        const indexes = chunks.flatMap(({ choices }) => choices[0].delta.tool_calls ?? []).map(({ index }) => index);
        expect([model, new Set(indexes)]).toEqual([model, new Set([0])]);
      }
    },
  ],
  [
    60,
    'answers in JSON',
    async () => {
      const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
      for (const model of [NOVA, CLAUDE, LLAMA]) {
        for (const json of [
          { name: 'a', schema, strict: true },
          { name: 'a', schema: { $schema: 'http://json-schema.org/draft-07/schema#', ...schema } },
        ]) {
          const answer = await chat({ model, response_format: { type: 'json_schema', json_schema: json } });
          expect([model, JSON.parse(message(answer).content)]).toEqual([model, { city: expect.any(String) }]);
        }
      }
      const fenced = await chat({ response_format: { type: 'json_object' } }, { reply: '```json\n{"a":1}\n```' });
      expect(message(fenced).content).toBe('{"a":1}');
      await accepts({ response_format: { type: 'text' } });
    },
  ],
  [
    61,
    'every effort of reasoning',
    async () => {
      const seen: unknown[] = [];
      for (const reasoning_effort of ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']) {
        const answer = await chat({ model: CLAUDE, reasoning_effort });
        seen.push([reasoning_effort, answer.status, typeof message(answer).reasoning_content]);
      }
      expect(seen).toEqual([
        ['none', 200, 'undefined'],
        ...['minimal', 'low', 'medium', 'high', 'xhigh', 'max'].map((effort) => [effort, 200, 'string']),
      ]);
      await accepts({ model: LLAMA, reasoning_effort: 'none' });
      await refuses({ model: LLAMA, reasoning_effort: 'low' }, 'reasoning_effort', 'unsupported_parameter');
      await refuses({ reasoning_effort: 'huge' }, 'reasoning_effort');
    },
  ],
  [62, 'options of a stream without one', () => accepts({ stream_options: { include_usage: true } })],
  [
    63,
    'a body of the Responses API',
    async () => {
      const { status, body } = await call('POST', CHAT, { body: { model: NOVA, input: 'hi' } });
      expect(status).toBe(400);
      expect(body.error.message).toContain('Responses API');
    },
  ],
  [
    64,
    'the members of an answer',
    async () => {
      const { body } = await chat({}, { reply: 'yes' });
      expect(body).toMatchObject({
        id: expect.stringMatching(/^chatcmpl-\w+$/),
        object: 'chat.completion',
        model: NOVA,
        choices: [{ index: 0, logprobs: null, message: { role: 'assistant', content: 'yes', refusal: null } }],
      });
      expect(Number.isInteger(body.created)).toBe(true);
    },
  ],
  [
    65,
    'text beside tool calls',
    async () => {
      expect(message(await chat({ tools: [WEATHER] }, CALLS_WEATHER)).content).toBeNull();
      const both = message(await chat({ tools: [WEATHER] }, { ...CALLS_WEATHER, reply: 'wait' }));
      expect([both.content, both.tool_calls.length]).toEqual(['wait', 1]);
    },
  ],
  [
    66,
    'no tool_calls where there is none',
    async () => expect(message(await chat({ tools: [WEATHER] }))).not.toHaveProperty('tool_calls'),
  ],
  [
    67,
    'arguments are JSON text',
    async () => {
      for (const [input, text] of [
        [{}, '{}'],
        [{ city: 'Paris' }, '{"city":"Paris"}'],
      ]) {
        const directive = { toolCalls: [{ name: 'get_weather', input }] };
        expect(message(await chat({ tools: [WEATHER] }, directive)).tool_calls[0].function.arguments).toBe(text);
        const { chunks } = await stream({ tools: [WEATHER] }, directive);
        const parts = chunks.map(({ choices }) => choices[0].delta.tool_calls?.[0].function.arguments ?? '');
        expect(parts.join('')).toBe(text);
      }
    },
  ],
  [
    68,
    'ids of tool calls',
    async () => {
      const toolCalls = [{ name: 'get_weather' }, { name: 'get_weather' }];
      const { tool_calls: calls } = message(await chat({ tools: [WEATHER] }, { toolCalls }));
      const ids: string[] = calls.map(({ id }: { id: string }) => id);
      expect(ids).toEqual(ids.map(() => expect.stringMatching(/^[\w-]{1,64}$/)));
      expect(new Set(ids).size).toBe(2);
      await accepts({
        tools: [WEATHER],
        messages: [
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: null, tool_calls: calls },
          ...ids.map((id) => ({ role: 'tool', tool_call_id: id, content: 'sunny' })),
        ],
      });
    },
  ],
  [
    69,
    'the reasons of an end',
    async () => {
      for (const [stopReason, reason] of [
        ['end_turn', 'stop'],
        ['stop_sequence', 'stop'],
        ['max_tokens', 'length'],
        ['model_context_window_exceeded', 'length'],
        ['guardrail_intervened', 'content_filter'],
        ['content_filtered', 'content_filter'],
        ['refusal', 'content_filter'],
        ['something_new', 'stop'],
      ]) {
        expect([stopReason, finishReason(await chat({}, { stopReason }))]).toEqual([stopReason, reason]);
      }
      expect(finishReason(await chat({ tools: [WEATHER] }, CALLS_WEATHER))).toBe('tool_calls');
    },
  ],
  [
    70,
    'the reason of a call that was asked for',
    async () => {
      const named = { type: 'function', function: { name: 'get_weather' } };
      for (const choice of ['required', named]) {
        expect(finishReason(await chat({ tools: [WEATHER], tool_choice: choice }))).toBe('tool_calls');
      }
    },
  ],
  [
    71,
    'usage adds up and has the cached tokens in it',
    async () => {
      const usage = { inputTokens: 10, outputTokens: 7, cacheReadInputTokens: 5, cacheWriteInputTokens: 3 };
      expect((await chat({ model: CLAUDE }, { usage })).body.usage).toMatchObject({
        prompt_tokens: 18,
        completion_tokens: 7,
        total_tokens: 25,
        prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 3 },
      });
    },
  ],
  [
    72,
    'the tier where it was asked for',
    async () => {
      const { body } = await chat({ service_tier: 'flex' });
      expect(body).toMatchObject({ service_tier: 'flex' });
      expect(body).not.toHaveProperty('system_fingerprint');
      expect((await chat()).body).not.toHaveProperty('service_tier');
      const { chunks } = await stream({ service_tier: 'flex' });
      expect(chunks.at(-1)).toMatchObject({ service_tier: 'flex' });
    },
  ],
  [
    73,
    'one id, time and model in all chunks',
    async () => {
      const { chunks } = await stream({}, { reply: 'a b c d', chunks: 4 });
      expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1);
    },
  ],
  [
    74,
    'the role first and once',
    async () => {
      const { chunks } = await stream({}, { reply: 'a b c d', chunks: 4 });
      const roles = chunks.map(({ choices }) => choices[0].delta.role);
      expect(roles).toEqual(['assistant', ...roles.slice(1).map(() => undefined)]);
    },
  ],
  [
    75,
    'the reason last, with an empty delta',
    async () => {
      const { chunks } = await stream({}, { reply: 'a b c d', chunks: 4 });
      expect(chunks.at(-1).choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }]);
      expect(chunks.slice(0, -1).every(({ choices }) => choices[0].finish_reason === null)).toBe(true);
    },
  ],
  [
    76,
    'usage when it is asked for',
    async () => {
      const { chunks } = await stream({ stream_options: { include_usage: true } });
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
      expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
      expect((await stream()).text).not.toContain('"usage"');
    },
  ],
  [
    77,
    '[DONE] once and last',
    async () => {
      const { frames, text } = await stream();
      expect(frames.filter((frame) => frame === '[DONE]')).toHaveLength(1);
      expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    },
  ],
  [
    78,
    'tool calls in a stream count from 0',
    async () => {
      for (const model of [NOVA, CLAUDE]) {
        const toolCalls = [
          { name: 'get_weather', input: { city: 'Paris' } },
          { name: 'get_weather', input: { city: 'Łódź' } },
        ];
        const { chunks } = await stream({ model, tools: [WEATHER] }, { reply: 'wait', toolCalls });
        const deltas = chunks.flatMap(({ choices }) => choices[0].delta.tool_calls ?? []);
        for (const [index, { input }] of toolCalls.entries()) {
          const [first, ...others] = deltas.filter((delta) => delta.index === index);
          expect(first).toMatchObject({ id: expect.any(String), type: 'function', function: { name: 'get_weather' } });
          expect(others.every((delta) => delta.id === undefined && delta.function.name === undefined)).toBe(true);
          const text = [first, ...others].map((delta) => delta.function.arguments ?? '').join('');
          expect(JSON.parse(text)).toEqual(input);
        }
        expect(Math.max(...deltas.map(({ index }) => index))).toBe(1);
      }
    },
  ],
  [
    79,
    'text and tools are one choice',
    async () => {
      const { chunks } = await stream({ model: CLAUDE, tools: [WEATHER] }, { ...CALLS_WEATHER, reply: 'wait' });
      expect(new Set(chunks.map(({ choices }) => choices[0].index))).toEqual(new Set([0]));
    },
  ],
  [
    80,
    'letters of many bytes are whole',
    async () => {
      const reply = 'naïve 日本 🚀 e\u0301';
      expect(textOf(await stream({}, { reply, chunks: 5, writeBytes: 1 }))).toBe(reply);
    },
  ],
  [
    82,
    'chunks come while Bedrock is still at it',
    async () => {
      const controller = new AbortController();
      const messages = scripted({ reply: 'a b c d', chunks: 4, fault: { kind: 'stall', afterEvents: 3, ms: 30_000 } });
      const response = await postJson({ model: NOVA, stream: true, messages }, {}, controller.signal);
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!text.includes('"content":"a')) {
        text += (await reader?.read())?.value ?? '';
      }
      expect(text).not.toContain('[DONE]');
      controller.abort();
    },
  ],
  [
    83,
    'a stream says what the answer says',
    async () => {
      for (const model of [NOVA, CLAUDE, LLAMA]) {
        expect(textOf(await stream({ model }))).toBe(message(await chat({ model })).content);
      }
    },
  ],
  [84, 'no event lines', async () => expect((await stream()).text).not.toMatch(/^(event|id|retry):/m)],
  [
    86,
    'the list of models',
    async () => {
      const { body } = await call('GET', '/v1/models');
      expect(body.object).toBe('list');
      expect(body.data.length).toBeGreaterThan(10);
      for (const model of body.data) {
        expect(model).toMatchObject({ object: 'model', owned_by: 'bedrock', display_name: expect.any(String) });
        expect(Number.isInteger(model.created)).toBe(true);
      }
    },
  ],
  [
    87,
    'completions of the time before chat',
    async () => {
      const { status, body } = await call('POST', '/v1/completions', { body: { model: NOVA, prompt: 'hi' } });
      expect([status, body.object]).toEqual([200, 'text_completion']);
    },
  ],
  [
    88,
    'moderations are served',
    async () => {
      const guardrailConfig = { guardrailIdentifier: 'sandboxguard', guardrailVersion: '1' };
      const { status, body } = await call('POST', '/v1/moderations', { body: { input: 'x', guardrailConfig } });
      expect([status, body.results]).toEqual([200, [expect.objectContaining({ flagged: false })]]);
      const refused = await call('POST', '/v1/moderations', { body: { guardrailConfig } });
      expect([refused.status, refused.body.error.param]).toEqual([400, 'input']);
    },
  ],
];

const NOT_SERVED: [item: number, reason: string][] = [
  [9, 'a deployment of Azure is a model here; its key header is taken'],
  [20, 'the gateway has budgets and no limits of rate, so there is nothing to tell'],
  [23, 'a generation has no idempotent form on Bedrock: every attempt is a call of its own, billed and metered as one'],
];

const ELSEWHERE: [item: number, spec: string][] = [[81, 'src/common/sse/event-stream.spec.ts']];

const MISSING_ROUTES = [
  'POST /openai/deployments/gpt/chat/completions',
  'POST /v1/responses',
  'GET /v1/responses/resp_1',
  'POST /v1/messages',
  'POST /v1/messages/count_tokens',
  'GET /v1/realtime',
  'POST /v1/images/generations',
  'POST /v1/audio/speech',
  'POST /v1/audio/transcriptions',
  'POST /v1/batches',
  'GET /v1/files',
  'POST /v1/assistants',
  'POST /v1/threads',
  'POST /v1/fine_tuning/jobs',
];

describe('the wire checklist', () => {
  it.each(CHECKS)('%i: %s', async (_item, _rule, check) => {
    expect.hasAssertions();
    await check();
  });

  it.each(MISSING_ROUTES)('88: %s is a 404 in JSON', async (route) => {
    const [method = '', path = ''] = route.split(' ');
    const { status, body } = await call(method, path, method === 'POST' ? { body: {} } : {});
    expect(status).toBe(404);
    expect(body).toEqual({
      error: { message: `Invalid URL (${route})`, type: 'invalid_request_error', param: null, code: null },
    });
  });

  it('has every item once', () => {
    const items = [...CHECKS, ...NOT_SERVED, ...ELSEWHERE].map(([item]) => item).sort((a, b) => a - b);
    const all = Array.from({ length: LAST_ITEM }, (_, index) => index + FIRST_ITEM);
    expect(items).toEqual(all.filter((item) => item !== EMBEDDINGS_ITEM));
    expect(ELSEWHERE.filter(([, spec]) => !existsSync(spec))).toEqual([]);
  });
});
