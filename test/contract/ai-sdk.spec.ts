import { createOpenAI } from '@ai-sdk/openai';
import { generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const MODELS = [
  'global.anthropic.claude-sonnet-4-6',
  'us.anthropic.claude-opus-4-8',
  'us.amazon.nova-lite-v1:0',
  'us.meta.llama4-scout-17b-instruct-v1:0',
  'openai.gpt-oss-120b-1:0',
];

const city = z.object({ city: z.string() });
const weather = tool({
  description: 'The weather of a city.',
  inputSchema: city,
  execute: ({ city: name }) => Promise.resolve(`sunny in ${name}`),
});
const TWO_CALLS = {
  toolCalls: [
    { name: 'weather', input: { city: 'Paris' } },
    { name: 'weather', input: { city: 'Łódź' } },
  ],
};

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.close());

function model(id: string) {
  return createOpenAI({ baseURL: `${gateway.baseUrl}/v1`, apiKey: gateway.tenantKey }).chat(id);
}

function scripted(directive: object): string {
  return `hello [[sandbox: ${JSON.stringify(directive)}]]`;
}

describe.each(MODELS)('the AI SDK with %s', (id) => {
  it('generates text', async () => {
    const { text, finishReason, usage } = await generateText({
      model: model(id),
      system: 'Be brief.',
      prompt: scripted({ reply: 'naïve 日本 🚀' }),
      maxRetries: 0,
    });
    expect([text, finishReason]).toEqual(['naïve 日本 🚀', 'stop']);
    expect(usage.outputTokens).toBe(gateway.sandbox.journal.list().at(-1)?.usage?.outputTokens);
  });

  it('streams text', async () => {
    const result = streamText({ model: model(id), prompt: scripted({ reply: 'a b c d', chunks: 4 }), maxRetries: 0 });
    const deltas: string[] = [];
    for await (const delta of result.textStream) deltas.push(delta);
    expect(deltas.join('')).toBe('a b c d');
    expect(await result.finishReason).toBe('stop');
    expect((await result.usage).inputTokens).toBeGreaterThan(0);
  });

  it.each(['whole', 'streamed'])('runs two tools at once and goes on with their results, %s', async (mode) => {
    const request = {
      model: model(id),
      tools: { weather },
      stopWhen: stepCountIs(2),
      prompt: scripted(TWO_CALLS),
      maxRetries: 0,
    };
    const result = mode === 'whole' ? await generateText(request) : streamText(request);
    if ('consumeStream' in result) await result.consumeStream();
    const [first, second] = await result.steps;
    expect(first?.toolCalls.map((call) => call.input)).toEqual([{ city: 'Paris' }, { city: 'Łódź' }]);
    expect(first?.finishReason).toBe('tool-calls');
    expect(second?.text).toContain('sunny in Paris');
    expect(second?.text).toContain('sunny in Łódź');
  });

  it.each(['whole', 'streamed'])('makes an object of a schema, %s', async (mode) => {
    const request = {
      model: model(id),
      output: Output.object({ schema: city }),
      prompt: 'Name a city.',
      maxRetries: 0,
    };
    const result = mode === 'whole' ? await generateText(request) : streamText(request);
    if ('consumeStream' in result) await result.consumeStream();
    expect(await result.output).toEqual({ city: expect.any(String) });
  });
});

describe('an object beside tools', () => {
  // The model has no structured output, so a tool of the gateway's carries the object; its call is not the client's.
  it.each(['whole', 'streamed'])('comes after the calls, %s', async (mode) => {
    const toolCalls = [{ name: 'response_json', input: { city: 'Paris' } }];
    gateway.sandbox.script.next({ match: { afterToolResult: true, tool: 'response_json' }, toolCalls });
    const request = {
      model: model('us.anthropic.claude-opus-4-8'),
      tools: { weather },
      output: Output.object({ schema: city }),
      stopWhen: stepCountIs(3),
      prompt: scripted(TWO_CALLS),
      maxRetries: 0,
    };
    const result = mode === 'whole' ? await generateText(request) : streamText(request);
    if ('consumeStream' in result) await result.consumeStream();
    expect(await result.output).toEqual({ city: 'Paris' });
    expect((await result.steps).map((step) => step.toolCalls.length)).toEqual([2, 0]);
  });
});

describe('errors', () => {
  it('reach the caller with their words', async () => {
    const failing = generateText({ model: model('acme.nothing-v1'), prompt: 'hi', maxRetries: 0 });
    await expect(failing).rejects.toMatchObject({
      statusCode: 404,
      message: expect.stringContaining('acme.nothing-v1'),
    });
  });
});
