import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { BehaviourInput } from '../../src/sandbox/script/behaviour.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';

const CLAUDE = 'us.anthropic.claude-sonnet-4-6';
const NOVA = 'amazon.nova-lite-v1:0';

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

function ask(text: string, more: Partial<ConverseCommandInput> = {}): ConverseCommandInput {
  return { modelId: NOVA, messages: [{ role: 'user', content: [{ text }] }], ...more };
}

async function streamed(input: ConverseCommandInput): Promise<ConverseStreamOutput[]> {
  const { stream } = await client.send(new ConverseStreamCommand(input));
  const events: ConverseStreamOutput[] = [];
  for await (const event of stream ?? []) events.push(event);
  return events;
}

function textOf(events: readonly ConverseStreamOutput[]): string {
  return events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('');
}

function failureOf(answer: Promise<unknown>): Promise<Error & { $metadata?: { httpStatusCode?: number } }> {
  return answer.then(
    () => Promise.reject(new Error('it was accepted')),
    (error: unknown) => error as Error,
  );
}

const weather = {
  toolSpec: {
    name: 'get_weather',
    inputSchema: {
      json: {
        type: 'object',
        properties: { city: { type: 'string' }, unit: { enum: ['celsius', 'fahrenheit'] } },
        required: ['city', 'unit'],
      },
    },
  },
};

describe('Converse of the sandbox, through the AWS SDK', () => {
  it('answers as itself, with usage and a request id', async () => {
    const answer = await client.send(new ConverseCommand(ask('Hello there')));

    expect(answer.output?.message?.content?.[0]?.text).toBe(
      '[sandbox] This is the Bedrock sandbox, not a model. You said: Hello there',
    );
    expect(answer).toMatchObject({
      stopReason: 'end_turn',
      usage: { inputTokens: 6, outputTokens: 19, totalTokens: 25 },
    });
    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('says the same in a stream, whose text block has no start event', async () => {
    const events = await streamed(ask('Hello there, naïve 日本 🚀'));

    expect(textOf(events)).toBe(
      '[sandbox] This is the Bedrock sandbox, not a model. You said: Hello there, naïve 日本 🚀',
    );
    expect(Object.keys(events[0] ?? {})).toEqual(['messageStart']);
    expect(events.some((event) => event.contentBlockStart)).toBe(false);
    expect(events.at(-2)).toEqual({ messageStop: { stopReason: 'end_turn' } });
    expect(events.at(-1)?.metadata?.usage).toMatchObject({ outputTokens: 24 });
  });

  it('survives writes of one byte', async () => {
    sandbox.script.next({ reply: 'naïve 日本 🚀', writeBytes: 1 });

    expect(textOf(await streamed(ask('x')))).toBe('naïve 日本 🚀');
  });

  it('calls the forced tool with arguments that fit its schema', async () => {
    const toolConfig = { tools: [weather], toolChoice: { tool: { name: 'get_weather' } } };
    const answer = await client.send(new ConverseCommand(ask('Berlin?', { modelId: CLAUDE, toolConfig })));

    expect(answer.stopReason).toBe('tool_use');
    expect(answer.output?.message?.content).toEqual([
      {
        toolUse: {
          name: 'get_weather',
          toolUseId: expect.stringMatching(/^tooluse_\w{22}$/) as string,
          input: { city: 'sample city', unit: 'celsius' },
        },
      },
    ]);
  });

  it('streams a tool call in pieces after its start event', async () => {
    const events = await streamed(ask('please use get_weather', { toolConfig: { tools: [weather] } }));

    const start = events.find((event) => event.contentBlockStart)?.contentBlockStart;
    const input = events.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? '').join('');
    expect(start).toMatchObject({ contentBlockIndex: 0, start: { toolUse: { name: 'get_weather' } } });
    expect(JSON.parse(input)).toEqual({ city: 'sample city', unit: 'celsius' });
    expect(events.at(-2)?.messageStop?.stopReason).toBe('tool_use');
  });

  it('follows a directive in the user text', async () => {
    const directive = JSON.stringify({
      reply: 'Look:',
      toolCalls: [{ name: 'a', input: { x: [[1]] } }, { name: 'b' }],
    });
    const answer = await client.send(new ConverseCommand(ask(`hi [[sandbox: ${directive}]]`)));

    expect(answer.output?.message?.content).toMatchObject([
      { text: 'Look:' },
      { toolUse: { name: 'a', input: { x: [[1]] } } },
      { toolUse: { name: 'b', input: {} } },
    ]);
  });

  it('signs the thoughts of Claude and takes them back unchanged only', async () => {
    const thinking = { type: 'adaptive', display: 'summarized' };
    const input = ask('think', { modelId: CLAUDE, additionalModelRequestFields: { thinking } });
    const answer = await client.send(new ConverseCommand(input));
    const content = answer.output?.message?.content ?? [];
    const thought = content[0]?.reasoningContent?.reasoningText;
    const replay = (text: string | undefined): ConverseCommandInput => ({
      ...input,
      messages: [
        ...(input.messages ?? []),
        {
          role: 'assistant',
          content: [{ reasoningContent: { reasoningText: { text, signature: thought?.signature } } }, { text: 'a' }],
        },
        { role: 'user', content: [{ text: 'go on' }] },
      ],
    });

    expect(thought?.text).toContain('sandbox');
    await client.send(new ConverseCommand(replay(thought?.text)));
    await expect(failureOf(client.send(new ConverseCommand(replay('changed'))))).resolves.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('Invalid `signature`') as string,
    });
  });

  it('writes a long prompt to the cache and reads it the second time', async () => {
    const system = [{ text: 'long '.repeat(2000) }, { cachePoint: { type: 'default' as const } }];
    const input = ask('short', { modelId: CLAUDE, system });
    const first = await client.send(new ConverseCommand(input));
    const second = await client.send(new ConverseCommand(input));

    expect(first.usage).toMatchObject({
      inputTokens: 5,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 2500,
      cacheDetails: [{ ttl: '5m', inputTokens: 2500 }],
    });
    expect(second.usage).toMatchObject({ inputTokens: 5, cacheReadInputTokens: 2500, cacheWriteInputTokens: 0 });
  });

  it.each<[string, ConverseCommandInput, string]>([
    ['an unknown model', ask('x', { modelId: 'no.such-model' }), 'The provided model identifier is invalid.'],
    [
      'a temperature above 1',
      ask('x', { inferenceConfig: { temperature: 1.7, maxTokens: 0 } }),
      "2 validation errors detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1; Value '1.7' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
    ],
    [
      'a blank text',
      ask(' '),
      'The text field in the ContentBlock object at messages.0.content.0 is blank. Add text to the text field, and try again.',
    ],
    [
      'an embedding model',
      ask('x', { modelId: 'amazon.titan-embed-text-v2:0' }),
      "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
    ],
  ])('refuses %s', async (_name, input, message) => {
    await expect(failureOf(client.send(new ConverseCommand(input)))).resolves.toMatchObject({
      name: 'ValidationException',
      message,
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('refuses tools in the streams of a model that cannot stream them', async () => {
    const input = ask('x', { modelId: 'us.meta.llama3-3-70b-instruct-v1:0', toolConfig: { tools: [weather] } });

    await client.send(new ConverseCommand(input));
    await expect(failureOf(streamed(input))).resolves.toMatchObject({
      message: "This model doesn't support tool use in streaming mode.",
    });
  });

  it.each<[string, BehaviourInput['fault'], Record<string, unknown>]>([
    [
      'a throttled call',
      { kind: 'error', name: 'ThrottlingException' },
      { name: 'ThrottlingException', $metadata: { httpStatusCode: 429 } },
    ],
    [
      'a model timeout',
      { kind: 'error', name: 'ModelTimeoutException' },
      { name: 'ModelTimeoutException', $metadata: { httpStatusCode: 408 } },
    ],
    [
      'a failure of the model',
      { kind: 'error', name: 'ModelErrorException', details: { originalStatusCode: 500 } },
      { name: 'ModelErrorException', originalStatusCode: 500, $metadata: { httpStatusCode: 424 } },
    ],
    ['a page of a load balancer', { kind: 'html', status: 502 }, { $metadata: { httpStatusCode: 502 } }],
    ['a reset', { kind: 'reset' }, { message: expect.stringContaining('ECONNRESET') as string }],
  ])('plays %s', async (_name, fault, expected) => {
    sandbox.script.next({ fault });

    await expect(failureOf(client.send(new ConverseCommand(ask('x'))))).resolves.toMatchObject(expected);
  });

  it.each<[string, BehaviourInput['fault'], Record<string, unknown>]>([
    [
      'an exception of the model',
      { kind: 'exception', name: 'throttlingException', message: 'slow down', afterEvents: 2 },
      { name: 'ThrottlingException', message: 'slow down' },
    ],
    [
      'an exception that the SDK does not know',
      { kind: 'exception', name: 'modelTimeoutException', afterEvents: 2 },
      { name: 'modelTimeoutException' },
    ],
    [
      'an error frame',
      { kind: 'error-frame', code: 'InternalFailure', message: 'gone', afterEvents: 2 },
      { name: 'InternalFailure', message: 'gone' },
    ],
    ['a reset', { kind: 'reset', afterEvents: 2 }, { code: 'ECONNRESET' }],
    ['a broken checksum', { kind: 'bad-crc', atEvent: 2 }, { message: expect.stringContaining('checksum') as string }],
  ])('ends a stream with %s', async (_name, fault, expected) => {
    sandbox.script.next({ fault, chunks: 5 });
    const events: ConverseStreamOutput[] = [];
    const { stream } = await client.send(new ConverseStreamCommand(ask('x')));
    const read = async (): Promise<void> => {
      for await (const event of stream ?? []) events.push(event);
    };

    await expect(failureOf(read())).resolves.toMatchObject(expected);
    expect(events).toHaveLength(2);
  });

  it('ends a stream properly but too early', async () => {
    sandbox.script.next({ fault: { kind: 'truncate', without: ['metadata'] } });
    const withoutMetadata = await streamed(ask('x'));
    sandbox.script.next({ fault: { kind: 'truncate', afterEvents: 1 } });
    const first = await streamed(ask('x'));

    expect(withoutMetadata.at(-1)?.messageStop).toBeDefined();
    expect(first).toEqual([{ messageStart: { role: 'assistant' } }]);
  });

  it('sends as many deltas as it is told to', async () => {
    const events = await streamed(ask('[[sandbox: {"chunks":5000}]]'));

    expect(events.filter((event) => event.contentBlockDelta)).toHaveLength(5000);
  });
});
