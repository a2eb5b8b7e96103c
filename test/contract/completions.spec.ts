import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { schemaErrors } from '../support/openai-schemas.js';

const MODEL = 'us.amazon.nova-lite-v1:0';
const REPLY = 'hello [[sandbox: {"reply":"one two three"}]]';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

function post(body: object) {
  return gateway.call('POST', '/v1/completions', { key: gateway.tenantKey, body: { model: MODEL, ...body } });
}

function eventsOf(requestId: string | null) {
  return gateway.prisma.usageEvent.findMany({ where: { requestId: requestId ?? '' } });
}

describe('legacy completions', () => {
  it('answers a prompt in OpenAI’s shape, metered as one call', async () => {
    const { status, body, headers } = await post({ prompt: REPLY });
    expect(status).toBe(200);
    expect(schemaErrors('completion', body)).toEqual([]);
    expect(body).toMatchObject({
      id: expect.stringMatching(/^cmpl-/),
      model: MODEL,
      choices: [{ index: 0, text: 'one two three', finish_reason: 'stop', logprobs: null }],
    });
    const events = await eventsOf(headers.get('x-request-id'));
    expect(events).toMatchObject([{ outcome: 'success', outputTokens: body.usage.completion_tokens }]);
  });

  it('is cut after 16 tokens when nothing else is asked', async () => {
    const { body } = await post({ prompt: `long [[sandbox: {"reply":"${'word '.repeat(50)}"}]]` });
    expect(body.choices[0].finish_reason).toBe('length');
  });

  it('streams to the official client', async () => {
    const stream = await gateway.openai().completions.create({
      model: MODEL,
      prompt: REPLY,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    const ids = new Set<string>();
    let last: { choices: unknown[]; usage?: unknown } | undefined;
    for await (const chunk of stream) {
      expect(chunk.object).toBe('text_completion');
      text += chunk.choices[0]?.text ?? '';
      ids.add(chunk.id);
      last = chunk;
    }
    expect(text).toBe('one two three');
    expect(ids.size).toBe(1);
    expect(last).toMatchObject({ choices: [], usage: { prompt_tokens: expect.any(Number) } });
  });

  it.each([false, true])('answers several prompts and choices apart, streamed: %s', async (stream) => {
    const prompt = ['x [[sandbox: {"reply":"first"}]]', 'x [[sandbox: {"reply":"second"}]]'];
    const texts = new Map<number, string>();
    if (stream) {
      for await (const chunk of await gateway.openai().completions.create({ model: MODEL, prompt, n: 2, stream })) {
        for (const { index, text } of chunk.choices) texts.set(index, (texts.get(index) ?? '') + text);
      }
    } else {
      const { choices } = await gateway.openai().completions.create({ model: MODEL, prompt, n: 2 });
      for (const { index, text } of choices) texts.set(index, text);
    }
    expect(Object.fromEntries(texts)).toEqual({ 0: 'first', 1: 'first', 2: 'second', 3: 'second' });
  });

  it('takes a prompt in tokens, and repeats it', async () => {
    const { body } = await post({ prompt: [15339, 1917], echo: true });
    expect(body.choices[0].text).toMatch(/^hello world./);
  });

  it.each<[string, object, string]>([
    ['no prompt', {}, 'prompt'],
    ['an empty prompt', { prompt: '' }, 'prompt'],
    ['log probabilities', { prompt: 'a', logprobs: 1 }, 'logprobs'],
    [
      'a refusal of Bedrock about the text',
      {
        prompt:
          'a [[sandbox: {"fault":{"kind":"error","name":"ValidationException","message":"Input is too long for requested model."}}]]',
      },
      'prompt',
    ],
    [
      'a refusal of Bedrock about the text, before a stream',
      {
        stream: true,
        prompt:
          'a [[sandbox: {"fault":{"kind":"error","name":"ValidationException","message":"Input is too long for requested model."}}]]',
      },
      'prompt',
    ],
  ])('refuses %s', async (_name, body, param) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { error: { param } } });
  });

  it('serves names of OpenAI with the default model', async () => {
    const { model } = await gateway.openai().completions.create({ model: 'gpt-3.5-turbo-instruct', prompt: REPLY });
    expect(model).toBe('global.anthropic.claude-sonnet-4-6');
  });
});
