import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { schemaErrors } from '../support/openai-schemas.js';

/** Name, model, native dimensions and another length that the model has. */
const FAMILIES = [
  ['Titan v1', 'amazon.titan-embed-text-v1', 1536, 1536],
  ['Titan v2', 'amazon.titan-embed-text-v2:0', 1024, 256],
  ['Titan multimodal', 'amazon.titan-embed-image-v1', 1024, 384],
  ['Cohere v3', 'cohere.embed-multilingual-v3', 1024, 1024],
  ['Cohere v4', 'us.cohere.embed-v4:0', 1536, 512],
  ['Nova', 'amazon.nova-2-multimodal-embeddings-v1:0', 3072, 384],
  ['Marengo 2.7', 'us.twelvelabs.marengo-embed-2-7-v1:0', 1024, 1024],
  ['Marengo 3', 'us.twelvelabs.marengo-embed-3-0-v1:0', 512, 512],
] as const;

const TITAN = FAMILIES[1][1];
const COHERE = FAMILIES[3][1];
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ EMBEDDING_CONCURRENCY: '3' });
});
afterAll(() => gateway.close());
beforeEach(() => gateway.sandbox.journal.clear());

/** The body as it came, without what the SDK makes of it. */
function post(body: object) {
  return gateway.call('POST', '/v1/embeddings', { key: gateway.tenantKey, body });
}

function journal() {
  return gateway.sandbox.journal.list().filter(({ operation }) => operation === 'InvokeModel');
}

async function eventsOf(requestId: string | null) {
  return gateway.prisma.usageEvent.findMany({ where: { requestId: requestId ?? '' }, orderBy: { attempt: 'asc' } });
}

/** Pico-USD by the list of November 2026, written out anew; null where nobody has published a price. */
function expectedCost(model: string, tokens: number): bigint | null {
  const perToken: Readonly<Record<string, bigint>> = {
    'amazon.titan-embed-text-v1': 100_000n,
    'amazon.titan-embed-text-v2:0': 20_000n,
    'amazon.titan-embed-image-v1': 800_000n,
    'cohere.embed-multilingual-v3': 100_000n,
    'us.cohere.embed-v4:0': 120_000n,
    'amazon.nova-2-multimodal-embeddings-v1:0': 135_000n,
  };
  const price = perToken[model];
  if (price !== undefined) return price * BigInt(tokens);
  return model.includes('marengo-embed-2') ? 70_000_000n : null;
}

describe.each(FAMILIES)('embeddings of %s', (_name, model, native, other) => {
  it('answers texts in their order, with usage, in OpenAI’s shape', async () => {
    const texts = ['apple', 'pear', 'apple'];
    const { status, body, headers } = await post({ model, input: texts, encoding_format: 'float' });
    expect(status).toBe(200);
    expect(schemaErrors('embedding.list', body)).toEqual([]);
    expect(body).toMatchObject({ object: 'list', model });
    expect(body.data.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2]);
    const [apple, pear, again] = body.data.map(({ embedding }: { embedding: number[] }) => embedding);
    expect(apple).toHaveLength(native);
    expect(again).toEqual(apple);
    expect(pear).not.toEqual(apple);
    const reported = journal().reduce((total, { usage }) => total + (usage?.inputTokens ?? 0), 0);
    expect(reported).toBeGreaterThan(0);
    expect(body.usage).toEqual({ prompt_tokens: reported, total_tokens: reported });
    const events = await eventsOf(headers.get('x-request-id'));
    expect(events).toHaveLength(journal().length);
    expect(events.reduce((total, event) => total + (event.inputTokens ?? 0), 0)).toBe(reported);
    expect(events[0]).toMatchObject({ operation: 'embeddings', outcome: 'success', outputTokens: 0, streamed: false });
  });

  it('answers the same vector to the official client, which asks for base64', async () => {
    const { data } = await gateway.openai().embeddings.create({ model, input: 'apple' });
    const { body } = await post({ model, input: 'apple' });
    expect(data[0]?.embedding).toEqual([...new Float32Array(body.data[0].embedding)]);
  });

  it('is priced by the list, or not at all', async () => {
    const { headers } = await post({ model, input: 'apple' });
    const [event] = await eventsOf(headers.get('x-request-id'));
    const byRequest = model.includes('marengo');
    const cost = expectedCost(model, event?.inputTokens ?? 0);
    expect(event).toMatchObject({ unitKind: byRequest ? 'request' : null, unpriced: cost === null });
    expect(event?.costPicoUsd).toBe(cost);
  });

  it('takes tokens as the text that they stand for', async () => {
    const { body: tokens } = await post({ model, input: [[15339, 1917], [9906]] });
    const { body: texts } = await post({ model, input: ['hello world', 'Hello'] });
    expect(tokens.data).toEqual(texts.data);
    const { body: one } = await post({ model, input: [15339, 1917] });
    expect(one.data).toEqual([texts.data[0]]);
  });

  it('takes the lengths that the model has', async () => {
    const { body } = await post({ model, input: 'apple', dimensions: other });
    expect(body.data[0].embedding).toHaveLength(other);
    const refused = await post({ model, input: 'apple', dimensions: 77 });
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'dimensions' } } });
  });

  it.each([
    ['an empty list', [], 'input'],
    ['an empty text', '', 'input'],
    ['an empty text in a list', ['apple', ''], 'input[1]'],
  ])('refuses %s', async (_what, input, param) => {
    expect(await post({ model, input })).toMatchObject({ status: 400, body: { error: { param } } });
    expect(journal()).toEqual([]);
  });
});

describe('embeddings', () => {
  it('serves OpenAI’s names with the default model, under every prefix', async () => {
    for (const prefix of ['/v1', '/api/v1', '/openai/v1']) {
      const list = await gateway.openai({ prefix }).embeddings.create({ model: 'text-embedding-3-small', input: 'a' });
      expect(list.model).toBe('cohere.embed-multilingual-v3');
      expect(list.data[0]?.embedding).toHaveLength(1024);
    }
  });

  it('splits 2,048 texts into calls of 96, and refuses one more', async () => {
    const input = Array.from({ length: 2048 }, (_, index) => `text ${index % 5}`);
    const { body } = await post({ model: COHERE, input, encoding_format: 'base64' });
    expect(body.data).toHaveLength(2048);
    expect(body.data[2047]).toEqual({ ...body.data[2], index: 2047 });
    expect(journal()).toHaveLength(Math.ceil(2048 / 96));
    const refused = await post({ model: COHERE, input: [...input, 'one more'] });
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'input', code: 'array_above_max_length' } } });
  });

  it('asks once per text where a model takes one, and keeps the order', async () => {
    const input = Array.from({ length: 10 }, (_, index) => `text ${index}`);
    const { body } = await post({ model: TITAN, input });
    expect(journal()).toHaveLength(10);
    const { body: third } = await post({ model: TITAN, input: 'text 3' });
    expect(body.data[3].embedding).toEqual(third.data[0].embedding);
  });

  it('is all or nothing, and meters what was answered', async () => {
    const fault = 'bad [[sandbox: {"fault":{"kind":"error","name":"ValidationException"}}]]';
    const { status, body, headers } = await post({ model: TITAN, input: ['a', 'b', fault] });
    expect(status).toBe(400);
    expect(body).toEqual({ error: expect.objectContaining({ type: 'invalid_request_error', param: 'input[2]' }) });
    const outcomes = (await eventsOf(headers.get('x-request-id'))).map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual(['error', 'success', 'success']);
  });

  it('names the input that is too long', async () => {
    const refused = await post({ model: TITAN, input: 'word '.repeat(9000) });
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'input' } } });
  });

  it('retries what may pass, and meters every attempt', async () => {
    gateway.sandbox.script.next({ fault: { kind: 'error', name: 'ThrottlingException' } });
    const { status, headers } = await post({ model: COHERE, input: 'again' });
    expect(status).toBe(200);
    expect(await eventsOf(headers.get('x-request-id'))).toMatchObject([
      { attempt: 1, outcome: 'error', errorCode: 'ThrottlingException', inputTokens: null },
      { attempt: 2, outcome: 'success', family: 'cohere-embed' },
    ]);
  });

  it('estimates for the client what Bedrock did not tell, and writes nothing down for it', async () => {
    gateway.sandbox.script.next({ usage: null });
    const { body, headers } = await post({ model: COHERE, input: 'hello world' });
    expect(body.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
    expect(await eventsOf(headers.get('x-request-id'))).toMatchObject([{ usageReported: false, inputTokens: null }]);
  });

  it('embeds an image, alone and beside a text', async () => {
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } };
    for (const model of ['amazon.titan-embed-image-v1', 'us.cohere.embed-v4:0', FAMILIES[7][1]]) {
      const { status, body, headers } = await post({
        model,
        input: [image, { content: [{ type: 'text', text: 'a dot' }, image] }],
      });
      expect(status).toBe(200);
      const [alone] = await eventsOf(headers.get('x-request-id'));
      expect(alone).toMatchObject({ unitKind: 'image', unitCount: 1, unpriced: model !== FAMILIES[2][1] });
      expect(body.data[0].embedding).not.toEqual(body.data[1].embedding);
    }
    for (const model of [COHERE, FAMILIES[5][1], FAMILIES[6][1]]) {
      expect(await post({ model, input: ['a dot', image] })).toMatchObject({ status: 200 });
    }
    expect(await post({ model: TITAN, input: [image] })).toMatchObject({
      status: 400,
      body: { error: { param: 'input[0]', code: 'unsupported_input' } },
    });
  });

  it('tells Bedrock whose call it is', async () => {
    const { headers } = await post({ model: COHERE, input: 'whose' });
    expect(journal()[0]?.requestMetadata).toMatchObject({
      tenant_id: gateway.tenantId,
      request_id: headers.get('x-request-id'),
    });
  });

  it('keeps to what a key may use', async () => {
    const keys = `/admin/v1/tenants/${gateway.tenantId}/keys`;
    const issue = async (limits: object) => {
      const { status, body } = await gateway.call('POST', keys, { body: { name: 'limited', ...limits } });
      expect(status).toBe(201);
      return { key: body.key as string, body: { model: TITAN, input: 'a' } };
    };
    const models = await issue({ allowed_models: ['cohere.*'] });
    const refused = await gateway.call('POST', '/v1/embeddings', models);
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'model_not_allowed' } } });
    const alias = { ...models, body: { model: 'text-embedding-3-large', input: 'a' } };
    expect(await gateway.call('POST', '/v1/embeddings', alias)).toMatchObject({ status: 200 });
    const endpoints = await issue({ allowed_endpoints: ['chat'] });
    expect(await gateway.call('POST', '/v1/embeddings', endpoints)).toMatchObject({ status: 403 });
    expect(journal().filter(({ modelId }) => modelId === TITAN)).toEqual([]);
  });

  it.each([
    ['a model that does not exist', 'acme.nothing-v1', 404, 'model_not_found'],
    ['a model that does not embed', 'amazon.nova-lite-v1:0', 400, 'model_not_supported'],
  ])('refuses %s', async (_name, model, status, code) => {
    expect(await post({ model, input: 'a' })).toMatchObject({ status, body: { error: { param: 'model', code } } });
  });
});
