import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  ConverseCommand,
  CountTokensCommand,
  type CountTokensCommandOutput,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';

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

async function invoke(modelId: string, body: unknown): Promise<Record<string, unknown>> {
  const answer = await client.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
  return JSON.parse(answer.body.transformToString()) as Record<string, unknown>;
}

async function tokenHeader(modelId: string, body: unknown): Promise<string | null> {
  const authorization = 'Bearer x';
  const path = `${sandbox.url}/model/${encodeURIComponent(modelId)}/invoke`;
  const response = await fetch(path, { method: 'POST', body: JSON.stringify(body), headers: { authorization } });
  return response.headers.get('x-amzn-bedrock-input-token-count');
}

const nova = { taskType: 'SINGLE_EMBEDDING', singleEmbeddingParams: { embeddingPurpose: 'GENERIC_INDEX' } };

function novaText(value: string, more: object = {}): unknown {
  const text = { truncationMode: 'END', value };
  return { ...nova, singleEmbeddingParams: { ...nova.singleEmbeddingParams, text, ...more } };
}

const hello = [{ role: 'user' as const, content: [{ text: 'Hello there' }] }];

function count(modelId: string): Promise<CountTokensCommandOutput> {
  return client.send(new CountTokensCommand({ modelId, input: { converse: { messages: hello } } }));
}

function guarded(text: string): ApplyGuardrailCommand {
  return new ApplyGuardrailCommand({
    guardrailIdentifier: 'sandboxguard',
    guardrailVersion: '1',
    source: 'INPUT',
    content: [{ text: { text } }],
  });
}

describe('InvokeModel of the sandbox, through the AWS SDK', () => {
  it.each<[string, unknown, (body: Record<string, unknown>) => unknown, number, number]>([
    ['amazon.titan-embed-text-v1', { inputText: 'hello world' }, (b) => b['embedding'], 1536, 18.5],
    ['amazon.titan-embed-text-v2:0', { inputText: 'hello world' }, (b) => b['embedding'], 1024, 1],
    ['amazon.titan-embed-text-v2:0', { inputText: 'hello world', dimensions: 256 }, (b) => b['embedding'], 256, 1],
    ['amazon.titan-embed-image-v1', { inputText: 'hello', inputImage: 'AAAA' }, (b) => b['embedding'], 1024, 1],
    [
      'cohere.embed-english-v3',
      { texts: ['hello'], input_type: 'search_query' },
      (b) => (b['embeddings'] as unknown[])[0],
      1024,
      1,
    ],
    [
      'us.cohere.embed-v4:0',
      { texts: ['a', 'hello'], input_type: 'search_query', output_dimension: 512 },
      (b) => (b['embeddings'] as { float: unknown[] }).float[1],
      512,
      1,
    ],
    [
      'amazon.nova-2-multimodal-embeddings-v1:0',
      novaText('hello'),
      (b) => (b['embeddings'] as { embedding: unknown }[])[0]?.embedding,
      3072,
      1,
    ],
    [
      'us.twelvelabs.marengo-embed-2-7-v1:0',
      { inputType: 'text', inputText: 'hello' },
      (b) => (b['data'] as { embedding: unknown }[])[0]?.embedding,
      1024,
      1,
    ],
    [
      'us.twelvelabs.marengo-embed-3-0-v1:0',
      { inputType: 'text', text: { inputText: 'hello' } },
      (b) => (b['data'] as { embedding: unknown }).embedding,
      512,
      1,
    ],
  ])('embeds with %s', async (modelId, body, pick, dimensions, length) => {
    const vector = pick(await invoke(modelId, body)) as number[];

    expect(vector).toHaveLength(dimensions);
    expect(Math.hypot(...vector)).toBeCloseTo(length, 3);
    expect(sandbox.journal.list()).toMatchObject([{ operation: 'InvokeModel', status: 200, modelId }]);
  });

  it('counts tokens in the body of Titan and in a header for all', async () => {
    const text = 'twelve bytes';

    expect(await invoke('amazon.titan-embed-text-v2:0', { inputText: text })).toMatchObject({ inputTextTokenCount: 3 });
    expect(await tokenHeader('amazon.titan-embed-text-v2:0', { inputText: text })).toBe('3');
    expect(await tokenHeader('cohere.embed-multilingual-v3', { texts: [text, text], input_type: 'clustering' })).toBe(
      '6',
    );
    expect(sandbox.journal.list().map(({ usage }) => usage?.inputTokens)).toEqual([3, 3, 6]);
  });

  it("gives Cohere's number formats", async () => {
    const body = { texts: ['hello'], input_type: 'search_query', embedding_types: ['int8', 'ubinary'] };
    const { embeddings, response_type: type } = await invoke('cohere.embed-v4:0', body);
    const { int8, ubinary } = embeddings as Record<string, number[][]>;

    expect([type, int8?.[0]?.length, ubinary?.[0]?.length]).toEqual(['embeddings_by_type', 1536, 192]);
  });

  it.each<[string, string, unknown, string]>([
    [
      'an empty text',
      'amazon.titan-embed-text-v2:0',
      { inputText: '' },
      '#/inputText: expected minLength: 1, actual: 0',
    ],
    [
      'a size for Titan 1',
      'amazon.titan-embed-text-v1',
      { inputText: 'a', dimensions: 256 },
      '#: extraneous key [dimensions] is not permitted',
    ],
    [
      '97 texts',
      'cohere.embed-english-v3',
      { input_type: 'search_query', texts: Array(97).fill('a') },
      '#/texts: expected maximum item count: 96, found: 97',
    ],
    ['no input type', 'cohere.embed-english-v3', { texts: ['a'] }, '#: required key [input_type] not found'],
    [
      'too many tokens',
      'amazon.titan-embed-text-v2:0',
      { inputText: 'word '.repeat(9000) },
      'Too many input tokens. Max input tokens: 8192',
    ],
    [
      'a long text for Nova',
      'amazon.nova-2-multimodal-embeddings-v1:0',
      novaText('a'.repeat(9000), { text: { truncationMode: 'NONE', value: 'a'.repeat(9000) } }),
      'expected maxLength: 8192',
    ],
    [
      'no API version',
      'cohere.rerank-v3-5:0',
      { query: 'a', documents: ['b'] },
      '#: required key [api_version] not found',
    ],
    ['Marengo by its base id', 'twelvelabs.marengo-embed-3-0-v1:0', {}, 'on-demand throughput isn’t supported'],
  ])('refuses %s', async (_name, modelId, body, message) => {
    await expect(invoke(modelId, body)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(message) as string,
    });
  });

  it('ranks documents by what they share with the query', async () => {
    const documents = ['Bananas are yellow', 'The capital of France is Paris', 'Paris is a capital'];
    const cohere = { query: 'capital of France', documents, top_n: 2, api_version: 2 };
    const amazon = { query: 'capital of France', documents: documents.map((text) => ({ text })) };

    expect(await invoke('cohere.rerank-v3-5:0', cohere)).toMatchObject({ results: [{ index: 1 }, { index: 2 }] });
    expect(((await invoke('amazon.rerank-v1:0', amazon))['results'] as unknown[]).length).toBe(3);
    expect(sandbox.journal.list().map(({ units, usage }) => [units, usage])).toEqual([
      [{ queries: 1 }, null],
      [{ queries: 1 }, null],
    ]);
  });

  it('follows directives and scripts', async () => {
    const fault = '[[sandbox: {"fault":{"kind":"error","name":"ThrottlingException"}}]]';
    sandbox.script.next({
      match: { operation: 'InvokeModel' },
      fault: { kind: 'error', name: 'ModelNotReadyException' },
    });

    await expect(invoke('amazon.titan-embed-text-v1', { inputText: 'a' })).rejects.toMatchObject({
      name: 'ModelNotReadyException',
    });
    await expect(invoke('amazon.titan-embed-text-v1', { inputText: fault })).rejects.toMatchObject({
      name: 'ThrottlingException',
    });
  });
});

describe('CountTokens of the sandbox', () => {
  it('counts as Converse does', async () => {
    const modelId = 'anthropic.claude-sonnet-4-20250514-v1:0';
    const counted = await count(modelId);
    const answered = await client.send(new ConverseCommand({ modelId: `us.${modelId}`, messages: hello }));

    expect(counted.inputTokens).toBe(answered.usage?.inputTokens);
  });

  it('takes no profile and no other family', async () => {
    await expect(count('us.anthropic.claude-sonnet-4-6')).rejects.toThrow('model identifier is invalid');
    await expect(count('amazon.nova-lite-v1:0')).rejects.toThrow("doesn't support counting tokens");
  });
});

describe('guardrails of the sandbox', () => {
  const guardrailConfig = { guardrailIdentifier: 'sandboxguard', guardrailVersion: '1', trace: 'enabled' as const };

  it('are applied to a text', async () => {
    const blocked = await client.send(guarded('this is sandbox-hate'));
    const masked = await client.send(guarded('mail a@b.com'));
    const clean = await client.send(guarded('hello'));

    expect(blocked).toMatchObject({ action: 'GUARDRAIL_INTERVENED', usage: { contentPolicyUnits: 1 } });
    expect(blocked.assessments?.[0]?.contentPolicy?.filters).toContainEqual(
      expect.objectContaining({ type: 'HATE', action: 'BLOCKED', confidence: 'HIGH' }),
    );
    expect(masked.outputs).toEqual([{ text: 'mail {EMAIL}' }]);
    expect([clean.action, clean.outputs]).toEqual(['NONE', []]);
  });

  it('stop a question before the model', async () => {
    const messages = [{ role: 'user' as const, content: [{ text: 'tell me of sandbox-block' }] }];
    const answer = await client.send(
      new ConverseCommand({ modelId: 'amazon.nova-lite-v1:0', messages, guardrailConfig }),
    );

    expect(answer.stopReason).toBe('guardrail_intervened');
    expect(answer.output?.message?.content).toEqual([{ text: 'Sorry, the model cannot answer this question.' }]);
    expect(answer.usage).toMatchObject({ inputTokens: 0, outputTokens: 0 });
    expect(answer.trace?.guardrail?.inputAssessment?.['sandboxguard']?.wordPolicy?.customWords?.[0]?.match).toBe(
      'sandbox-block',
    );
  });

  it('mask an answer', async () => {
    sandbox.script.next({ reply: 'ask a@b.com' });
    const messages = [{ role: 'user' as const, content: [{ text: 'whom?' }] }];
    const answer = await client.send(
      new ConverseCommand({ modelId: 'amazon.nova-lite-v1:0', messages, guardrailConfig }),
    );

    expect(answer.stopReason).toBe('guardrail_intervened');
    expect(answer.output?.message?.content).toEqual([{ text: 'ask {EMAIL}' }]);
  });

  it('must exist', async () => {
    const messages = [{ role: 'user' as const, content: [{ text: 'x' }] }];
    const other = { ...guardrailConfig, guardrailIdentifier: 'other' };

    await expect(
      client.send(new ConverseCommand({ modelId: 'amazon.nova-lite-v1:0', messages, guardrailConfig: other })),
    ).rejects.toThrow('The guardrail identifier or version provided in the request does not exist.');
  });
});
