import type { Message } from '@aws-sdk/client-bedrock-runtime';
import type { ChatCompletionChunk } from '../../src/openai/chat-completion.js';
import { ChatModule } from '../../src/chat/chat.module.js';
import { MediaFetcher } from '../../src/common/media/media-fetcher.js';
import { assemble } from '../support/assemble.js';
import { AIP_45, AIP_48, DropInApp, framesOf, M45, OPUS_48, user, type ConverseBody } from '../support/drop-in-app.js';
import { hello, USAGE, whole } from '../support/fake-answers.js';

const OPUS_46 = 'us.anthropic.claude-opus-4-6-v1';
const NOVA = 'us.amazon.nova-lite-v1:0';
const NOVA_MICRO = 'us.amazon.nova-micro-v1:0';
const LLAMA = 'us.meta.llama3-3-70b-instruct-v1:0';
const PNG_BASE64 = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const PDF_BASE64 = Buffer.from('%PDF-1.4\n%%EOF').toString('base64');
const WEATHER = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'Weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
};
const WEATHER_CALL = { id: 't1', type: 'function', function: { name: 'weather', arguments: '{"city":"x"}' } };

function kinds(message: Message | undefined): string[] {
  return (message?.content ?? []).map((block) => Object.keys(block)[0] ?? '');
}

function image(url: string, model = M45) {
  return {
    model,
    messages: [
      user([
        { type: 'text', text: 'see' },
        { type: 'image_url', image_url: { url } },
      ]),
    ],
  };
}

function budgetOf({ additionalModelRequestFields: fields }: ConverseBody): unknown {
  const thinking = (fields?.['thinking'] ?? fields?.['reasoning_config']) as { budget_tokens?: number } | undefined;
  return thinking?.budget_tokens;
}

/**
 * What a client of the predecessor may rely on: the cases of its behaviour table by their numbers. Where a case
 * differs from the predecessor on purpose, the new behaviour is what is checked.
 */
describe('the predecessor’s behaviour: requests', () => {
  let app: DropInApp;

  beforeAll(async () => {
    app = await DropInApp.start();
  });

  afterAll(() => app.close());

  beforeEach(() => app.reset());

  describe('request mapping', () => {
    it('13: a plain message', async () => {
      const { messages, system, inferenceConfig } = await app.sent({});
      expect(messages).toEqual([{ role: 'user', content: [{ text: 'hi' }] }]);
      expect(system ?? []).toEqual([]);
      expect(inferenceConfig?.['temperature']).toBeUndefined();
    });

    it('14: system texts in order, neighbours merged', async () => {
      const { messages, system } = await app.sent({
        messages: [{ role: 'system', content: 'A' }, user('u1'), { role: 'developer', content: 'B' }, user('u2')],
      });
      expect(system).toEqual([{ text: 'A' }, { text: 'B' }]);
      expect(messages).toEqual([{ role: 'user', content: [{ text: 'u1' }, { text: 'u2' }] }]);
    });

    it('15: a system message of parts', async () => {
      const content = [
        { type: 'text', text: 'A' },
        { type: 'text', text: 'B' },
      ];
      const { system } = await app.sent({ messages: [{ role: 'system', content }, user('hi')] });
      expect(system?.map(({ text }) => text).join('')).toBe('AB');
    });

    it('16: an empty system message is dropped', async () => {
      expect((await app.sent({ messages: [{ role: 'system', content: '' }, user('hi')] })).system ?? []).toEqual([]);
    });

    it('17: max_completion_tokens goes before max_tokens', async () => {
      const { inferenceConfig } = await app.sent({ max_tokens: 10, max_completion_tokens: 20 });
      expect(inferenceConfig?.['maxTokens']).toBe(20);
    });

    // Recorded clients send none, and case 13 wants none added, so the explicit limit is a setting.
    it('18: no limit is the one of the settings, and without it none is sent', async () => {
      expect((await app.sent({})).inferenceConfig ?? {}).not.toHaveProperty('maxTokens');
      await using limited = await DropInApp.start({ DEFAULT_MAX_TOKENS: '2048' });
      limited.reset();
      expect((await limited.sent({})).inferenceConfig?.['maxTokens']).toBe(2048);
      expect((await limited.sent({ max_tokens: 10 })).inferenceConfig?.['maxTokens']).toBe(10);
    });

    it.each([M45, AIP_45])('19, 20: %s gets the temperature only', async (model) => {
      const { inferenceConfig } = await app.sent({ model, temperature: 0.5, top_p: 0.9 });
      expect(inferenceConfig).toMatchObject({ temperature: 0.5 });
      expect(inferenceConfig).not.toHaveProperty('topP');
    });

    it('21: models without sampling parameters get none', async () => {
      const { inferenceConfig = {} } = await app.sent({ model: OPUS_48, temperature: 0.5, top_p: 0.9 });
      expect(inferenceConfig).not.toHaveProperty('temperature');
      expect(inferenceConfig).not.toHaveProperty('topP');
    });

    it('22: the temperature is at most 1', async () => {
      expect((await app.sent({ temperature: 1.8 })).inferenceConfig?.['temperature']).toBe(1);
    });

    it.each([
      ['X', ['X']],
      [
        ['X', 'Y'],
        ['X', 'Y'],
      ],
      [[], undefined],
      [null, undefined],
    ])('23, 24: stop %j', async (stop, expected) => {
      expect((await app.sent({ stop })).inferenceConfig?.['stopSequences']).toEqual(expected);
    });

    it('25: n answers are n calls', async () => {
      const { body } = await app.post({ model: M45, messages: [user('hi')], n: 3 });
      expect(body.choices.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2]);
      expect(body.usage.completion_tokens).toBe(3 * USAGE.outputTokens);
      expect(app.bedrock.requests).toHaveLength(3);
    });

    it.each([M45, NOVA])('26: a JSON schema reaches %s', async (model) => {
      const schema = {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
        additionalProperties: false,
      };
      const body = await app.sent({
        model,
        response_format: { type: 'json_schema', json_schema: { name: 'a', schema } },
      });
      expect(JSON.stringify(body)).toContain('city');
    });

    const betas = {
      anthropic_beta: ['interleaved-thinking-2025-05-14'],
      thinking: { type: 'enabled', budget_tokens: 1024 },
    };
    it.each([
      ['27: inside extra_body', { extra_body: betas }],
      ['28: at the top level, as SDKs send them', betas],
    ])('%s, native fields pass', async (_name, fields) => {
      const { additionalModelRequestFields, inferenceConfig } = await app.sent({
        ...fields,
        top_p: 0.5,
        max_tokens: 4096,
      });
      expect(additionalModelRequestFields).toMatchObject(betas);
      expect(inferenceConfig).not.toHaveProperty('topP');
    });

    it('29: extra_body goes before reasoning_effort', async () => {
      const { additionalModelRequestFields } = await app.sent({
        max_tokens: 8192,
        reasoning_effort: 'low',
        extra_body: { anthropic_beta: ['x-1'], thinking: { type: 'enabled', budget_tokens: 3000 } },
      });
      expect(additionalModelRequestFields).toMatchObject({
        anthropic_beta: ['x-1'],
        thinking: { type: 'enabled', budget_tokens: 3000 },
      });
    });

    it('30: the gateway’s own request metadata cannot be overridden', async () => {
      const { requestMetadata } = await app.sent({ requestMetadata: { tenant_id: 'forged', team: 'a' } });
      expect(requestMetadata).toMatchObject({ tenant_id: app.gateway.tenantId, team: 'a' });
    });
  });

  describe('messages and tools', () => {
    const toolTurn = [
      user('hi'),
      { role: 'assistant', content: 't', tool_calls: [WEATHER_CALL, { ...WEATHER_CALL, id: 't2' }] },
      { role: 'tool', tool_call_id: 't1', content: 'r1' },
      { role: 'tool', tool_call_id: 't2', content: 'r2' },
    ];

    function withResult(content: unknown) {
      return {
        tools: [WEATHER],
        messages: [
          user('hi'),
          { role: 'assistant', content: null, tool_calls: [WEATHER_CALL] },
          { role: 'tool', tool_call_id: 't1', content },
        ],
      };
    }

    it('31: calls, results and the next question in two turns', async () => {
      const { messages } = await app.sent({ tools: [WEATHER], messages: [...toolTurn, user('next')] });
      expect(messages.slice(1).map(kinds)).toEqual([
        ['text', 'toolUse', 'toolUse'],
        ['toolResult', 'toolResult', 'text'],
      ]);
    });

    it.each([
      ['32', null],
      ['32', '  '],
      ['33', [{ type: 'text', text: '' }]],
    ])('%s: a call beside the content %j', async (_id, content) => {
      const { messages } = await app.sent({
        tools: [WEATHER],
        messages: [
          user('hi'),
          { role: 'assistant', content, tool_calls: [WEATHER_CALL] },
          { role: 'tool', tool_call_id: 't1', content: 'r' },
        ],
      });
      expect(kinds(messages[1])).toEqual(['toolUse']);
    });

    it('34: empty arguments are no arguments', async () => {
      const call = { ...WEATHER_CALL, function: { name: 'weather', arguments: '' } };
      const { messages } = await app.sent({
        tools: [WEATHER],
        messages: [
          user('hi'),
          { role: 'assistant', tool_calls: [call] },
          { role: 'tool', tool_call_id: 't1', content: 'r' },
        ],
      });
      expect(messages[1]?.content?.[0]?.toolUse?.input).toEqual({});
    });

    it('35: arguments that are not JSON are a 400 that names the message', async () => {
      const call = { ...WEATHER_CALL, function: { name: 'weather', arguments: '{"city":' } };
      const messages = [user('hi'), { role: 'assistant', tool_calls: [call] }];
      const error = await app.refused({ tools: [WEATHER], messages });
      expect(error).toMatchObject({ status: 400, param: expect.stringContaining('messages[1]') });
    });

    it('36: an empty result is not blank', async () => {
      const { messages } = await app.sent(withResult(''));
      expect(messages[2]?.content?.[0]?.toolResult?.content?.[0]?.text?.trim()).toBeTruthy();
    });

    it('37: the texts of a result are kept as they are', async () => {
      const { messages } = await app.sent(
        withResult([
          { type: 'text', text: '{"a":1}' },
          { type: 'text', text: 'b' },
        ]),
      );
      const texts = messages[2]?.content?.[0]?.toolResult?.content?.map(({ text }) => text);
      expect([['{"a":1}\nb'], ['{"a":1}', 'b']]).toContainEqual(texts);
    });

    it('38: an image of a result stays an image', async () => {
      const { messages } = await app.sent(
        withResult([
          { type: 'text', text: 'a' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG_BASE64}` } },
        ]),
      );
      expect(JSON.stringify(messages[2])).toContain('"format":"png"');
      expect(messages[2]?.content?.[0]?.toolResult?.content?.some(({ text }) => text?.includes(PNG_BASE64))).toBe(
        false,
      );
    });

    it('39: a conversation that begins with the assistant', async () => {
      const { messages } = await app.sent({ messages: [{ role: 'assistant', content: 'a' }, user('b')] });
      expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    });

    it('40: no prefill where the model takes none', async () => {
      const { messages } = await app.sent({
        model: OPUS_46,
        messages: [user('a'), { role: 'assistant', content: 'b' }],
      });
      expect(messages.at(-1)?.role).toBe('user');
    });

    it('41: prefill where the model takes it', async () => {
      const { messages } = await app.sent({ messages: [user('a'), { role: 'assistant', content: 'b' }] });
      expect(messages.at(-1)).toEqual({ role: 'assistant', content: [{ text: 'b' }] });
    });

    it.each([undefined, ''])('42: a tool with the description %j', async (description) => {
      const { toolConfig } = await app.sent({
        tools: [{ type: 'function', function: { name: 'f', description, parameters: {} } }],
      });
      expect(toolConfig?.tools[0]?.toolSpec.description).not.toBe('');
      expect(toolConfig?.tools[0]?.toolSpec.description).not.toBeNull();
    });

    it('43: a tool without parameters', async () => {
      const { toolConfig } = await app.sent({ tools: [{ type: 'function', function: { name: 'f' } }] });
      expect(toolConfig?.tools[0]?.toolSpec.inputSchema.json).toMatchObject({ type: 'object' });
    });

    it.each([
      ['auto', { auto: {} }],
      ['required', { any: {} }],
      [{ type: 'function', function: { name: 'weather' } }, { tool: { name: 'weather' } }],
    ])('44: tool_choice %j', async (tool_choice, expected) => {
      const { toolConfig } = await app.sent({ tools: [WEATHER], tool_choice });
      expect(toolConfig?.toolChoice ?? { auto: {} }).toEqual(expected);
    });

    it('45: tool_choice none', async () => {
      const { toolConfig } = await app.sent({ tools: [WEATHER], tool_choice: 'none' });
      expect(toolConfig?.tools.some(({ toolSpec }) => toolSpec.name === 'weather') ?? false).toBe(false);
    });

    it('46: a history with tools and no tools', async () => {
      const { toolConfig } = await app.sent({ messages: [...toolTurn, user('summarise')] });
      expect(toolConfig?.tools.length).toBeGreaterThan(0);
    });

    it.each([
      ['an orphan result', [user('hi'), { role: 'tool', tool_call_id: 'nobody', content: 'r' }]],
      ['a missing result', [user('hi'), { role: 'assistant', tool_calls: [WEATHER_CALL] }, user('and?')]],
    ])('47: %s is a 400 that names the message', async (_name, messages) => {
      const error = await app.refused({ tools: [WEATHER], messages });
      expect(error).toMatchObject({ status: 400, param: expect.stringContaining('messages[1]') });
    });

    it.each([[[]], [[{ role: 'system', content: 'A' }]]])('48: the messages %j are a 400', async (messages) => {
      expect(await app.refused({ messages })).toMatchObject({ status: 400 });
    });

    it('49: a PDF is a document with a neutral name', async () => {
      const { messages } = await app.sent({
        messages: [
          user([
            { type: 'text', text: 'read' },
            {
              type: 'file',
              file: { filename: 'my_report.v1.pdf', file_data: `data:application/pdf;base64,${PDF_BASE64}` },
            },
          ]),
        ],
      });
      const document = messages[0]?.content?.find((block) => block.document)?.document;
      expect(document?.format).toBe('pdf');
      expect(document?.name).toMatch(/^[A-Za-z0-9 \-()[\]]{1,200}$/);
    });

    it('50: a model that refuses tools while streaming is called whole and replayed', async () => {
      app.bedrock.answer = whole(
        [{ text: 'a' }, { toolUse: { toolUseId: 't1', name: 'weather', input: { city: 'x' } } }],
        'tool_use',
      );
      const response = await app.openStream({ model: LLAMA, tools: [WEATHER] });
      const frames = framesOf(await response.text());
      expect(app.bedrock.requests.at(-1)?.path).toMatch(/\/converse$/);
      expect(frames.at(-1)).toBe('[DONE]');
      const completion = await assemble(frames.slice(0, -1).map((frame) => JSON.parse(frame) as ChatCompletionChunk));
      expect(completion.choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: { content: 'a', tool_calls: [{ id: 't1', function: { name: 'weather', arguments: '{"city":"x"}' } }] },
      });
    });
  });

  describe('images', () => {
    it.each([
      ['51', 'image/png'],
      ['52', 'image/jpg'],
    ])('%s: a data URL labelled %s, whose bytes are PNG', async (_id, label) => {
      const { messages } = await app.sent(image(`data:${label};base64,${PNG_BASE64}`));
      expect(messages[0]?.content?.[1]?.image).toEqual({ format: 'png', source: { bytes: PNG_BASE64 } });
    });

    it('53: an https URL is fetched', async () => {
      const fetcher = app.gateway.app.select(ChatModule).get(MediaFetcher, { strict: true });
      const fetched: string[] = [];
      fetcher.fetch = (url) => {
        fetched.push(url);
        return Promise.resolve({ bytes: Buffer.from(PNG_BASE64, 'base64'), mediaType: 'image/jpeg' });
      };
      const { messages } = await app.sent(image('https://files.example/a.jpg'));
      Reflect.deleteProperty(fetcher, 'fetch');
      expect(fetched).toEqual(['https://files.example/a.jpg']);
      expect(messages[0]?.content?.[1]?.image).toEqual({ format: 'png', source: { bytes: PNG_BASE64 } });
    });

    it.each([
      ['54', 'http://169.254.169.254/latest/meta-data/'],
      ['54', 'http://localhost:8080/a.png'],
      ['55', `data:image/svg+xml;base64,${Buffer.from('<svg/>').toString('base64')}`],
      ['55', 'data:image/png;base64,%%%'],
      ['55', 'http://127.0.0.1:9/a.png'],
    ])('%s: %s is a 400', async (_id, url) => {
      const error = await app.refused(image(url));
      expect(error.status).toBe(400);
      expect(error.param).toMatch(/^messages/);
    });

    it('56: no image for a model of text', async () => {
      const error = await app.refused(image(`data:image/png;base64,${PNG_BASE64}`, NOVA_MICRO));
      expect(error.status).toBe(400);
      expect(error.param).toMatch(/^messages|model/);
    });
  });

  describe('reasoning and caching', () => {
    it.each([
      ['low', 1228],
      ['medium', 2457],
      ['high', 4095],
    ])('57, 58: effort %s is a share of the limit', async (reasoning_effort, budget) => {
      const body = await app.sent({ reasoning_effort, max_tokens: 4096, temperature: 0.3, top_p: 0.5 });
      expect(budgetOf(body)).toBe(budget);
      expect(body.inferenceConfig).not.toHaveProperty('temperature');
      expect(body.inferenceConfig).not.toHaveProperty('topP');
    });

    it('59: the budget is at least 1,024', async () => {
      expect(budgetOf(await app.sent({ reasoning_effort: 'low', max_tokens: 2048 }))).toBe(1024);
    });

    it('60: no limit is no error', async () => {
      const body = await app.sent({ reasoning_effort: 'low' });
      expect(budgetOf(body)).toBeGreaterThanOrEqual(1024);
      expect(budgetOf(body)).toBeLessThan(body.inferenceConfig?.['maxTokens'] as number);
    });

    it.each([OPUS_48, AIP_48])('61: %s thinks adaptively', async (model) => {
      const { additionalModelRequestFields, ...rest } = await app.sent({ model, reasoning_effort: 'high' });
      expect(additionalModelRequestFields?.['thinking']).toMatchObject({ type: 'adaptive' });
      expect(JSON.stringify([additionalModelRequestFields, rest.outputConfig])).toContain('"effort":"high"');
    });

    it.each([
      ['none', undefined],
      ['minimal', 1228],
      ['xhigh', 4095],
    ])('62: effort %s', async (reasoning_effort, budget) => {
      expect(budgetOf(await app.sent({ reasoning_effort, max_tokens: 4096 }))).toBe(budget);
    });

    it('63: DeepSeek V3 takes the effort as a word', async () => {
      const { additionalModelRequestFields } = await app.sent({ model: 'deepseek.v3-v1:0', reasoning_effort: 'high' });
      expect(JSON.stringify(additionalModelRequestFields)).toContain('"high"');
    });

    it('64: gpt-oss takes the effort as it is', async () => {
      const { additionalModelRequestFields } = await app.sent({
        model: 'openai.gpt-oss-120b-1:0',
        reasoning_effort: 'high',
      });
      expect(additionalModelRequestFields).toMatchObject({ reasoning_effort: 'high' });
    });

    const system = { role: 'system', content: 'A' };
    it.each([
      ['65', { extra_body: { prompt_caching: { system: true, messages: true } } }],
      ['28', { prompt_caching: { system: true, messages: true } }],
    ])('%s: prompt_caching marks the system prompt and the last question', async (_id, fields) => {
      const body = await app.sent({ ...fields, messages: [system, user('a')] });
      expect(body.system?.at(-1)).toHaveProperty('cachePoint');
      expect(body.messages.at(-1)?.content?.at(-1)).toHaveProperty('cachePoint');
    });

    it('66: no cache point where the model has no cache', async () => {
      const body = await app.sent({
        model: LLAMA,
        prompt_caching: { system: true, messages: true },
        messages: [system, user('a')],
      });
      expect(JSON.stringify(body)).not.toContain('cachePoint');
    });

    it('67: cache_control at its place, with its time to live', async () => {
      const cache_control = { type: 'ephemeral', ttl: '1h' };
      const body = await app.sent({
        tools: [{ ...WEATHER, cache_control }],
        messages: [
          { role: 'system', content: [{ type: 'text', text: 'A', cache_control }] },
          user([{ type: 'text', text: 'b', cache_control }]),
        ],
      });
      const point = { cachePoint: { type: 'default', ttl: '1h' } };
      expect(body.toolConfig?.tools.at(-1)).toEqual(point);
      expect(body.system?.at(-1)).toEqual(point);
      expect(body.messages[0]?.content?.at(-1)).toEqual(point);
    });

    it('68: reasoning with its signature comes back first in the turn', async () => {
      app.bedrock.answer = whole(
        [
          { reasoningContent: { reasoningText: { text: 'hm', signature: 'sig' } } },
          { toolUse: { toolUseId: 't1', name: 'weather', input: { city: 'x' } } },
        ],
        'tool_use',
      );
      const question = {
        model: M45,
        tools: [WEATHER],
        reasoning_effort: 'low',
        max_tokens: 4096,
        messages: [user('hi')],
      };
      const { message } = (await app.post(question)).body.choices[0];
      app.bedrock.answer = hello;
      const { messages } = await app.sent({
        ...question,
        messages: [user('hi'), message, { role: 'tool', tool_call_id: 't1', content: 'r' }],
      });
      expect(messages[1]?.content?.[0]).toEqual({
        reasoningContent: { reasoningText: { text: 'hm', signature: 'sig' } },
      });
    });
  });
});
