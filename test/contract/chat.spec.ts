import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources';
import type { Answer } from '../support/access-app.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

const WEATHER: ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

const FAMILIES = [
  ['Anthropic', 'global.anthropic.claude-sonnet-4-6'],
  ['Nova', 'us.amazon.nova-lite-v1:0'],
  ['a family without streaming tools', 'us.meta.llama4-scout-17b-instruct-v1:0'],
  ['the catch-all', 'minimax.minimax-m2.5'],
] as const;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.close());

function scripted(directive: object, text = 'hello'): ChatCompletionMessageParam[] {
  return [{ role: 'user', content: `${text} [[sandbox: ${JSON.stringify(directive)}]]` }];
}

function post(body: object): Promise<Answer> {
  return gateway.call('POST', '/v1/chat/completions', { key: gateway.tenantKey, body });
}

describe.each(FAMILIES)('chat with %s', (_name, model) => {
  it('answers text with usage', async () => {
    const completion = await gateway.openai().chat.completions.create({
      model,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hello [[sandbox: {"reply":"naïve 日本 🚀"}]]' },
      ],
      temperature: 0.2,
      max_tokens: 100,
    });
    expect(completion).toMatchObject({ object: 'chat.completion', model });
    expect(completion.id).toMatch(/^chatcmpl-.{24,}/);
    expect(completion.choices[0]).toMatchObject({
      index: 0,
      finish_reason: 'stop',
      logprobs: null,
      message: { role: 'assistant', content: 'naïve 日本 🚀', refusal: null },
    });
    const { usage } = gateway.sandbox.journal.list().at(-1) ?? {};
    expect(completion.usage?.prompt_tokens).toBe(usage?.inputTokens);
    expect(completion.usage?.completion_tokens).toBe(usage?.outputTokens);
  });

  it('streams the same text, and usage only when asked', async () => {
    const deltas: string[] = [];
    const usages: unknown[] = [];
    const stream = await gateway.openai({ prefix: '/api/v1' }).chat.completions.create({
      model,
      stream: true,
      stream_options: { include_usage: true },
      messages: scripted({ reply: 'naïve 日本 🚀' }),
    });
    for await (const chunk of stream) {
      deltas.push(chunk.choices[0]?.delta.content ?? '');
      if (chunk.choices.length === 0) {
        usages.push(chunk.usage);
      }
    }
    expect(deltas.join('')).toBe('naïve 日本 🚀');
    expect(usages).toEqual([expect.objectContaining({ prompt_tokens: expect.any(Number) })]);
    const silent = await gateway.openai().chat.completions.create({ model, stream: true, messages: scripted({}) });
    for await (const chunk of silent) {
      expect(chunk).not.toHaveProperty('usage');
      expect(chunk.choices).toHaveLength(1);
    }
  });

  it('ends at a stop sequence and at the limit of tokens', async () => {
    const stopped = await gateway.openai().chat.completions.create({
      model,
      messages: scripted({ reply: 'one STOP two' }),
      stop: ['STOP'],
    });
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'one ' } });
    const cut = await gateway.openai().chat.completions.create({
      model,
      messages: scripted({ reply: 'word '.repeat(200) }),
      max_completion_tokens: 5,
    });
    expect(cut.choices[0]?.finish_reason).toBe('length');
  });

  it.each([false, true])('makes a tool call and takes its result, streamed: %s', async (streamed) => {
    const client = gateway.openai();
    const messages = scripted({ toolCalls: [{ name: 'get_weather', input: { city: 'Paris' } }] });
    const request = { model, messages, tools: [WEATHER] };
    const asked = streamed
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request);
    const [choice] = asked.choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    const [call] = choice?.message.tool_calls ?? [];
    if (choice === undefined || call?.type !== 'function') {
      throw new Error('The answer holds no function call.');
    }
    expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Paris' });
    const answered = await client.chat.completions.create({
      model,
      tools: [WEATHER],
      messages: [
        { role: 'user', content: 'What is the weather in Paris?' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: call.id, content: 'sunny' },
      ],
    });
    expect(answered.choices[0]?.message.content).toContain('sunny');
  });
});

describe('what the gateway does for models that cannot', () => {
  const GPT_OSS = 'openai.gpt-oss-120b-1:0';

  it.each([false, true])('ends at a stop sequence, billed for all, streamed: %s', async (stream) => {
    const request = { model: GPT_OSS, messages: scripted({ reply: 'one STOP two', chunks: 6 }), stop: ['STOP'] };
    const client = gateway.openai();
    const completion = stream
      ? await client.chat.completions
          .stream({ ...request, stream_options: { include_usage: true } })
          .finalChatCompletion()
      : await client.chat.completions.create(request);
    expect(completion.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'one ' } });
    expect(completion.usage?.completion_tokens).toBe(gateway.sandbox.journal.list().at(-1)?.usage?.outputTokens);
  });

  it.each([false, true])('names the adapted fields in a header, streamed: %s', async (stream) => {
    const headersOf = async (fields: object) => {
      const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: GPT_OSS, messages: scripted({}), stream, ...fields }),
      });
      await response.text();
      return response.headers.get('x-gateway-adapted');
    };
    const tools = [{ ...WEATHER, function: { ...WEATHER.function, strict: true, parameters: { maxProperties: 1 } } }];
    expect(await headersOf({ temperature: 1.5, stop: 'X', tools, n: 2 })).toBe(
      'tools.function.strict, stop, temperature',
    );
    expect(await headersOf({ temperature: 0.5 })).toBeNull();
  });

  it('gives one call where one was asked for', async () => {
    const toolCalls = [{ name: 'get_weather' }, { name: 'get_weather' }];
    const request = { model: GPT_OSS, tools: [WEATHER], messages: scripted({ toolCalls }) };
    const both = await gateway.openai().chat.completions.create(request);
    expect(both.choices[0]?.message.tool_calls).toHaveLength(2);
    const one = await gateway.openai().chat.completions.create({ ...request, parallel_tool_calls: false });
    expect(one.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { tool_calls: [expect.anything()] } });
  });

  it.each([false, true])('speaks of functions to their clients, streamed: %s', async (stream) => {
    const client = gateway.openai();
    const functions = [WEATHER.function];
    const request = {
      model: GPT_OSS,
      functions,
      messages: scripted({ toolCalls: [{ name: 'get_weather', input: { city: 'Paris' } }, { name: 'get_weather' }] }),
    };
    const { choices } = stream
      ? await client.chat.completions.stream(request).finalChatCompletion()
      : await client.chat.completions.create(request);
    expect(choices[0]).toMatchObject({
      finish_reason: 'function_call',
      message: { function_call: { name: 'get_weather', arguments: '{"city":"Paris"}' } },
    });
    const answered = await client.chat.completions.create({
      model: GPT_OSS,
      functions,
      messages: [
        { role: 'user', content: 'What is the weather in Paris?' },
        { role: 'assistant', content: null, function_call: { name: 'get_weather', arguments: '{"city":"Paris"}' } },
        { role: 'function', name: 'get_weather', content: 'sunny' },
      ],
    });
    expect(answered.choices[0]?.message.content).toContain('sunny');
  });

  it('gives JSON without its code fence', async () => {
    const reply = '```json\n{"city":"Paris"}\n```';
    const request = { messages: scripted({ reply }), response_format: { type: 'json_object' } };
    const { body } = await post({ model: FAMILIES[0][1], ...request });
    expect(JSON.parse(body.choices[0].message.content)).toEqual({ city: 'Paris' });
    const plain = await post({ model: FAMILIES[0][1], messages: scripted({ reply }) });
    expect(plain.body.choices[0].message.content).toBe(reply);
  });

  it('takes no output limit of a tenant for one that the client has named', async () => {
    const tenant = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'l', max_output_tokens: 20_000 } });
    const path = `/admin/v1/tenants/${tenant.body.id}/keys`;
    const { body: issued } = await gateway.call('POST', path, { body: { name: 'a' } });
    const body = { model: 'amazon.nova-pro-v1:0', messages: scripted({}) };
    expect(await gateway.call('POST', '/v1/chat/completions', { key: issued.key, body })).toMatchObject({
      status: 200,
    });
  });

  it('holds the output limit of a tenant at high effort on Nova 2', async () => {
    const tenant = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'short', max_output_tokens: 9 } });
    const path = `/admin/v1/tenants/${tenant.body.id}/keys`;
    const { body: issued } = await gateway.call('POST', path, { body: { name: 'a' } });
    const { body, headers } = await gateway.call('POST', '/v1/chat/completions', {
      key: issued.key,
      body: {
        model: 'us.amazon.nova-2-lite-v1:0',
        reasoning_effort: 'high',
        messages: scripted({ reply: 'word '.repeat(99) }),
      },
    });
    expect(body.choices[0].finish_reason).toBe('length');
    expect(body.usage.completion_tokens).toBeLessThanOrEqual(9);
    expect(headers.get('x-gateway-adapted')).toBe('reasoning_effort');
  });
});

describe('metering', () => {
  it('has written the event of a call when its answer arrives', async () => {
    const { data: completion, response } = await gateway
      .openai()
      .chat.completions.create({ model: FAMILIES[0][1], messages: scripted({}) })
      .withResponse();
    const requestId = response.headers.get('x-request-id') ?? '';
    const events = await gateway.prisma.usageEvent.findMany({ where: { requestId } });
    const entry = gateway.sandbox.journal.list().at(-1);
    expect(events).toEqual([
      expect.objectContaining({
        tenantId: gateway.tenantId,
        outcome: 'success',
        streamed: false,
        resolvedModel: FAMILIES[0][1],
        awsRequestId: entry?.awsRequestId,
        inputTokens: completion.usage?.prompt_tokens,
        outputTokens: completion.usage?.completion_tokens,
      }),
    ]);
  });

  it('has written the event of a stream before its finish chunk', async () => {
    const { data: stream, response } = await gateway
      .openai()
      .chat.completions.create({ model: FAMILIES[1][1], stream: true, messages: scripted({ reply: 'a b c' }) })
      .withResponse();
    const requestId = response.headers.get('x-request-id') ?? '';
    let atFinish = -1;
    for await (const chunk of stream) {
      if (chunk.choices[0]?.finish_reason !== null) {
        atFinish = await gateway.prisma.usageEvent.count({ where: { requestId } });
      }
    }
    expect(atFinish).toBe(1);
  });

  it('writes one event per choice and per attempt', async () => {
    const { response } = await gateway
      .openai()
      .chat.completions.create({ model: FAMILIES[1][1], n: 3, messages: scripted({}) })
      .withResponse();
    const requestId = response.headers.get('x-request-id') ?? '';
    expect(await gateway.prisma.usageEvent.count({ where: { requestId } })).toBe(3);
  });

  it('sums up in the usage report', async () => {
    const now = Date.now();
    const range = `from=${new Date(now - 3_600_000).toISOString()}&to=${new Date(now + 3_600_000).toISOString()}`;
    const report = () => gateway.call('GET', `/admin/v1/usage?${range}&group_by=tenant,model`);
    const journal = gateway.sandbox.journal.list().filter((entry) => entry.status === 200);
    const output = journal.reduce((total, { usage }) => total + (usage?.outputTokens ?? 0), 0);
    expect((await report()).status).toBe(200);
    // A stream that its client has left is drained first.
    await until(async () => (await report()).body.totals.output_tokens === output, 'all of it to be metered');
  });
});

describe('policy', () => {
  it('puts the guardrail of the tenant before the one of a request', async () => {
    const tenant = await gateway.call('POST', '/admin/v1/tenants', {
      body: { name: 'guarded', guardrail: { id: 'sandboxguard', version: '1' } },
    });
    const { body: issued } = await gateway.call('POST', `/admin/v1/tenants/${tenant.body.id}/keys`, {
      body: { name: 'a' },
    });
    const request = {
      model: FAMILIES[1][1],
      messages: [{ role: 'user' as const, content: 'sandbox-block' }],
      guardrailConfig: { guardrailIdentifier: 'nosuchguard', guardrailVersion: '9' },
    };
    const { choices } = await gateway.openai({ key: issued.key }).chat.completions.create(request);
    expect(choices[0]?.finish_reason).toBe('content_filter');
    const { guardrailConfig, ...plain } = request;
    const inside = { ...plain, extra_body: { guardrailConfig } };
    const wrapped = await gateway.call('POST', '/v1/chat/completions', { key: issued.key, body: inside });
    expect(wrapped.body.choices?.[0].finish_reason).toBe('content_filter');
    const around = await gateway.call('POST', '/v1/chat/completions', {
      key: issued.key,
      body: {
        model: FAMILIES[1][1],
        messages: [
          {
            role: 'user',
            content: [
              { type: 'guarded_text', text: 'harmless' },
              { type: 'text', text: 'sandbox-block' },
            ],
          },
        ],
      },
    });
    expect(around.body.choices[0].finish_reason).toBe('content_filter');
  });
});

describe('files in S3', () => {
  it("are named as far as the tenant's policy goes", async () => {
    const tenant = await gateway.call('POST', '/admin/v1/tenants', {
      body: { name: 'files', allowed_s3_locations: ['s3://team/in/'] },
    });
    const { body: issued } = await gateway.call('POST', `/admin/v1/tenants/${tenant.body.id}/keys`, {
      body: { name: 'a' },
    });
    const ask = (key: string, url: string) =>
      gateway.call('POST', '/v1/chat/completions', {
        key,
        body: {
          model: FAMILIES[1][1],
          messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }],
        },
      });
    expect((await ask(gateway.tenantKey, 's3://any/a.png')).status).toBe(200);
    expect((await ask(issued.key, 's3://team/in/a.png')).status).toBe(200);
    expect(await ask(issued.key, 's3://any/a.png')).toMatchObject({
      status: 400,
      body: { error: { param: 'messages[0].content[0].image_url.url' } },
    });
  });
});

describe('errors', () => {
  it.each([
    ['no key', '', 401, null],
    ['a wrong key', 'sk-0000000000000000000000000000000000', 401, 'invalid_api_key'],
  ])('refuses %s', async (_name, key, status, code) => {
    const answer = await gateway.call('POST', '/v1/chat/completions', { key: key || null, body: {} });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      error: { message: expect.any(String), type: 'invalid_request_error', param: null, code },
    });
  });

  it('answers 404 for a model that does not exist', async () => {
    await expect(
      gateway.openai().chat.completions.create({ model: 'acme.nothing-v1', messages: scripted({}) }),
    ).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' });
  });

  it('answers 404 for an id with characters that no id has, and writes nothing', async () => {
    const before = await gateway.prisma.usageEvent.count();
    const answer = await gateway.call('POST', '/v1/chat/completions', {
      key: gateway.tenantKey,
      body: { model: 'arn:aws:bedrock:us-east-1::foundation-model/a\u0000', messages: scripted({}) },
    });
    expect([answer.status, answer.body.error.code]).toEqual([404, 'model_not_found']);
    expect(await gateway.prisma.usageEvent.count()).toBe(before);
  });

  it.each([false, true])('answers a failure before the first byte with its status, streamed: %s', async (stream) => {
    const messages = scripted({ fault: { kind: 'error', name: 'ValidationException' } });
    await expect(
      gateway.openai().chat.completions.create({ model: FAMILIES[1][1], stream, messages }),
    ).rejects.toMatchObject({ status: 400, headers: expect.any(Headers) });
  });

  it('retries what may pass, and meters every attempt', async () => {
    gateway.sandbox.script.next({ fault: { kind: 'error', name: 'ThrottlingException' } });
    const { response } = await gateway
      .openai()
      .chat.completions.create({ model: FAMILIES[1][1], messages: [{ role: 'user', content: 'again' }] })
      .withResponse();
    const requestId = response.headers.get('x-request-id') ?? '';
    const events = await gateway.prisma.usageEvent.findMany({ where: { requestId }, orderBy: { attempt: 'asc' } });
    expect(events).toEqual([
      expect.objectContaining({ attempt: 1, outcome: 'error', errorCode: 'ThrottlingException', outputTokens: null }),
      expect.objectContaining({ attempt: 2, outcome: 'success', errorCode: null }),
    ]);
  });

  it.each([
    ['an exception', { kind: 'exception', name: 'modelStreamErrorException', afterEvents: 2 }],
    ['a truncated stream', { kind: 'truncate', without: ['metadata'] }],
    ['a reset connection', { kind: 'reset', afterEvents: 2 }],
    ['a broken frame', { kind: 'bad-crc', atEvent: 2 }],
  ])('ends a stream after its first byte with an error frame and no [DONE]: %s', async (_name, fault) => {
    const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: FAMILIES[1][1], stream: true, messages: scripted({ fault, reply: 'a b c d e' }) }),
    });
    expect(response.status).toBe(200);
    const frames = (await response.text()).trim().split('\n\n');
    expect(JSON.parse(frames.at(-1)?.slice('data: '.length) ?? '')).toEqual({
      error: {
        message: expect.any(String),
        type: expect.any(String),
        param: null,
        code: expect.any(String),
      },
    });
    expect(frames.join()).not.toContain('"finish_reason":"stop"');
    const requestId = response.headers.get('x-request-id') ?? '';
    const [event] = await gateway.prisma.usageEvent.findMany({ where: { requestId } });
    expect(['error', 'truncated']).toContain(event?.outcome);
  });
});

it.each(['max_tokens', 'max_completion_tokens'])('names %s when that is what was sent and too large', async (field) => {
  for (const stream of [false, true]) {
    const model = 'global.anthropic.claude-sonnet-4-6';
    const answer = await post({ model, stream, messages: [{ role: 'user', content: 'hi' }], [field]: 10_000_000 });
    expect(answer).toMatchObject({ status: 400, body: { error: { param: field } } });
  }
});
