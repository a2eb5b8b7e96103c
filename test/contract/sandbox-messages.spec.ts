import {
  BedrockRuntimeClient,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';

type Native = Record<string, unknown>;

const modelId = 'us.anthropic.claude-sonnet-4-6';
const contentType = 'application/json';

let sandbox: Sandbox;
let client: BedrockRuntimeClient;

beforeAll(async () => {
  sandbox = await createSandbox();
  client = new BedrockRuntimeClient({
    endpoint: sandbox.url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' },
    requestHandler: new NodeHttpHandler(),
  });
});
afterAll(async () => {
  client.destroy();
  await sandbox.close();
});
beforeEach(() => sandbox.journal.clear());

function body(text: string, more: Native = {}): string {
  return JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 4000,
    messages: [{ role: 'user', content: [{ type: 'text', text }] }],
    ...more,
  });
}

async function whole(text: string, more?: Native): Promise<Native> {
  const answer = await client.send(new InvokeModelCommand({ modelId, contentType, body: body(text, more) }));
  return JSON.parse(answer.body.transformToString()) as Native;
}

async function streamed(text: string, more?: Native): Promise<Native[]> {
  const command = new InvokeModelWithResponseStreamCommand({ modelId, contentType, body: body(text, more) });
  const events: Native[] = [];
  for await (const event of (await client.send(command)).body ?? []) {
    events.push(JSON.parse(Buffer.from(event.chunk?.bytes ?? []).toString()) as Native);
  }
  return events;
}

const tools = [{ name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } }];

describe('Claude messages of the sandbox, through the AWS SDK', () => {
  it('answer in the native shape', async () => {
    const answer = await whole('Hello there');

    expect(answer).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-6',
      content: [{ type: 'text', text: '[sandbox] This is the Bedrock sandbox, not a model. You said: Hello there' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 6, output_tokens: 19, cache_read_input_tokens: 0 },
    });
    expect(sandbox.journal.list()).toMatchObject([
      { operation: 'InvokeModel', usage: { inputTokens: 6, outputTokens: 19 } },
    ]);
  });

  it('stream native events with the figures in the last', async () => {
    const events = await streamed('Hello there');
    const text = events.map((event) => (event['delta'] as { text?: string } | undefined)?.text ?? '').join('');

    expect(text).toBe('[sandbox] This is the Bedrock sandbox, not a model. You said: Hello there');
    expect(events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1])).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(events.at(-1)).toMatchObject({
      'amazon-bedrock-invocationMetrics': { inputTokenCount: 6, outputTokenCount: 19 },
    });
    expect(sandbox.journal.list()).toMatchObject([{ usageReported: true, stopReason: 'end_turn' }]);
  });

  it('call tools, and not when the choice is none', async () => {
    const events = await streamed('use get_weather', { tools });
    const input = events.map((event) => (event['delta'] as { partial_json?: string } | undefined)?.partial_json ?? '');
    const none = await whole('use get_weather', { tools, tool_choice: { type: 'none' } });

    expect(events.find(({ type }) => type === 'content_block_start')).toMatchObject({
      content_block: { type: 'tool_use', name: 'get_weather', id: expect.stringMatching(/^toolu_bdrk_01/) as string },
    });
    expect(JSON.parse(input.join(''))).toEqual({ city: 'sample city' });
    expect(none['stop_reason']).toBe('end_turn');
  });

  it('think, and take their thoughts back', async () => {
    const thinking = { type: 'enabled', budget_tokens: 2000 };
    const { content } = await whole('think', { thinking });
    const messages = [
      { role: 'user', content: 'think' },
      { role: 'assistant', content },
      { role: 'user', content: 'go on' },
    ];

    expect(content).toMatchObject([{ type: 'thinking' }, { type: 'text' }]);
    await expect(whole('', { thinking, messages })).resolves.toMatchObject({ stop_reason: 'end_turn' });
  });

  it('name the stop sequence and cut at the limit', async () => {
    expect(await whole('one STOP two', { stop_sequences: ['STOP'] })).toMatchObject({
      stop_reason: 'stop_sequence',
      stop_sequence: 'STOP',
    });
    expect(await whole('hello', { max_tokens: 3 })).toMatchObject({
      stop_reason: 'max_tokens',
      usage: { output_tokens: 3 },
    });
  });

  it('read the cache', async () => {
    const system = [{ type: 'text', text: 'long '.repeat(2000), cache_control: { type: 'ephemeral', ttl: '1h' } }];
    const first = await whole('x', { system });
    const second = await whole('x', { system });

    expect(first['usage']).toMatchObject({ cache_creation: { ephemeral_1h_input_tokens: 2500 } });
    expect(second['usage']).toMatchObject({ cache_read_input_tokens: 2500, cache_creation_input_tokens: 0 });
  });

  it.each<[string, Native, string]>([
    ['no limit', { max_tokens: undefined }, 'Malformed input request: #: required key [max_tokens] not found'],
    [
      'a small budget',
      { thinking: { type: 'enabled', budget_tokens: 10 } },
      'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
    ],
  ])('refuse %s without the phrase of Converse', async (_name, more, message) => {
    await expect(whole('x', more)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(`^${message.replace(/[[\]]/g, '\\$&')}`) as string,
    });
  });

  it('fail in the middle of a stream', async () => {
    sandbox.script.next({ fault: { kind: 'exception', name: 'modelTimeoutException', afterEvents: 3 } });

    await expect(streamed('x')).rejects.toMatchObject({ name: 'ModelTimeoutException' });
  });
});
