import { startAccessApp } from '../support/access-app.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const SONNET = 'anthropic.claude-sonnet-4-6';
const NOVA = 'amazon.nova-lite-v1:0';
const PROFILE = 'application-inference-profile/sandbox00001';
const ACCOUNT_IDS = [
  PROFILE,
  'application-inference-profile/sandbox00002',
  'imported-model/sandboximpo1',
  'custom-model-deployment/sandboxdepl1',
  'provisioned-model/sandboxprov1',
  'default-prompt-router/amazon.nova:1',
];

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.close());

async function newKey(tenant: object = {}, key: object = {}): Promise<string> {
  const { body } = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'a', ...tenant } });
  const issued = await gateway.call('POST', `/admin/v1/tenants/${body.id}/keys`, { body: { name: 'k', ...key } });
  return issued.body.key;
}

async function idsFor(key = gateway.tenantKey): Promise<string[]> {
  const { body } = await gateway.call('GET', '/v1/models', { key });
  return body.data.map(({ id }: { id: string }) => id);
}

const chat = (model: string, key = gateway.tenantKey) =>
  gateway.call('POST', '/v1/chat/completions', { key, body: { model, messages: [{ role: 'user', content: 'hi' }] } });

describe('GET /v1/models', () => {
  it('is read by the official client', async () => {
    const ids: string[] = [];
    for await (const { id } of gateway.openai().models.list()) ids.push(id);
    expect(ids).toEqual(expect.arrayContaining([NOVA, `us.${SONNET}`, 'cohere.embed-v4:0', ...ACCOUNT_IDS]));
    expect(new Set(ids).size).toBe(ids.length);
    expect((await gateway.openai().models.retrieve(`us.${SONNET}`)).id).toBe(`us.${SONNET}`);
  });

  it('says what a model can do, at what price', async () => {
    const { body } = await gateway.call('GET', `/v1/models/us.${SONNET}`, { key: gateway.tenantKey });
    expect(body).toMatchObject({
      object: 'model',
      owned_by: 'bedrock',
      gateway: {
        kind: 'chat',
        base_model: SONNET,
        scope: 'us',
        context_length: 1_000_000,
        max_output_tokens: 64_000,
        capabilities: { chat: true, tools: true, vision: true, reasoning: true, streaming: true, embeddings: false },
        pricing: { currency: 'USD', per: '1M tokens', input: '3.3', output: '16.5' },
        lifecycle: { status: 'active' },
      },
    });
  });

  it("shows the price of the key's own tenant", async () => {
    const tenant = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'rebate' } });
    const issued = await gateway.call('POST', `/admin/v1/tenants/${tenant.body.id}/keys`, { body: { name: 'k' } });
    const price = { tenant_id: tenant.body.id, model: NOVA, scope: 'in_region', input: '0.01' };
    await gateway.call('PUT', '/admin/v1/prices', {
      body: {
        data: [{ ...price, output: '0.02', source: 'contract', effective_from: '2026-01-02T00:00:00Z' }],
      },
    });
    const { body } = await gateway.call('GET', `/v1/models/${NOVA}`, { key: issued.body.key });
    expect(body.gateway.pricing).toMatchObject({ input: '0.01', output: '0.02', cache_read: null });
  });

  it('leaves out what the key may not call: by model, residency, endpoint, and kinds that no endpoint serves', async () => {
    const all = await idsFor();
    expect(all).not.toContain('amazon.nova-2-sonic-v1:0');
    const byModel = await idsFor(await newKey({ allowed_models: ['amazon.nova-*'] }));
    expect(byModel).toEqual(all.filter((id) => byModel.includes(id)));
    expect(byModel).toContain('us.amazon.nova-micro-v1:0');
    expect(byModel).not.toContain(`us.${SONNET}`);
    const american = await idsFor(await newKey({ allowed_scopes: ['us'] }));
    expect(american).toEqual(expect.arrayContaining([`us.${SONNET}`, PROFILE]));
    expect(american.filter((id) => id.startsWith('global.') || id === NOVA)).toEqual([]);
    const embedding = await idsFor(await newKey({}, { allowed_endpoints: ['embeddings', 'models'] }));
    expect(embedding.every((id) => /embed/.test(id))).toBe(true);
    expect(embedding.length).toBeGreaterThan(5);
    expect(await idsFor(await newKey({ allowed_models: [] }))).toEqual([]);
  });

  it('shows the number of the account only to keys that name the ARN', async () => {
    const list = await gateway.call('GET', '/v1/models', { key: gateway.tenantKey });
    expect(JSON.stringify(list.body)).not.toContain('123456789012');
    const arn = `arn:aws:bedrock:us-east-1:123456789012:${PROFILE}`;
    const key = await newKey({}, { allowed_models: [arn] });
    expect(await idsFor(key)).toEqual([arn]);
  });

  it.each(ACCOUNT_IDS)('lists %s under an id that can be called', async (id) => {
    const { status, body } = await chat(id);
    expect([status, body.model]).toEqual([200, id]);
    const called = gateway.sandbox.journal.list().at(-1)?.modelId;
    expect(called).toBe(`arn:aws:bedrock:us-east-1:123456789012:${id}`);
    for (const path of [id, encodeURIComponent(id), `${id}/`]) {
      expect((await gateway.call('GET', `/v1/models/${path}`, { key: gateway.tenantKey })).body.id).toBe(id);
    }
  });

  it('is the last good one after a restart without AWS', async () => {
    const before = await idsFor();
    const restarted = await startAccessApp({}, gateway);
    const { body } = await restarted.call('GET', '/v1/models', { key: gateway.tenantKey });
    await restarted.close();
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(before);
  });
});

describe('a requested model', () => {
  it('that needs a profile goes through the one of the tenant’s residency', async () => {
    const global = await newKey({ allowed_scopes: ['global'] });
    await chat(SONNET, global);
    expect(gateway.sandbox.journal.list().at(-1)?.modelId).toBe(`global.${SONNET}`);
    await chat(SONNET);
    expect(gateway.sandbox.journal.list().at(-1)?.modelId).toBe(`us.${SONNET}`);
  });

  it.each([
    ['chat/completions', { model: 'cohere.embed-v4:0', messages: [{ role: 'user', content: 'hi' }] }],
    ['chat/completions', { model: 'amazon.rerank-v1:0', stream: true, messages: [{ role: 'user', content: 'hi' }] }],
    ['completions', { model: 'cohere.embed-v4:0', prompt: 'hi' }],
    ['embeddings', { model: NOVA, input: 'hi' }],
    ['rerank', { model: NOVA, query: 'a', documents: ['b'] }],
  ])('of another kind is refused by %s before Bedrock is asked', async (path, body) => {
    gateway.sandbox.journal.clear();
    const { status, body: answer } = await gateway.call('POST', `/v1/${path}`, { key: gateway.tenantKey, body });
    expect([status, answer.error.param, answer.error.code]).toEqual([400, 'model', 'model_not_supported']);
    expect(gateway.sandbox.journal.list()).toEqual([]);
  });

  it('that has ended is a 404 that says so', async () => {
    const { status, body } = await chat('us.anthropic.claude-3-5-haiku-20241022-v1:0');
    expect([status, body.error.code]).toEqual([404, 'model_not_found']);
    expect(body.error.message).toContain('end of its life');
  });

  it.each([true, false])('that is legacy is answered with a warning and its dates, streamed: %s', async (stream) => {
    const body = { model: 'amazon.titan-text-express-v1', stream, messages: [{ role: 'user', content: 'hi' }] };
    const { status, headers } = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(status).toBe(200);
    expect(headers.get('x-gateway-warning')).toBe(
      'The model amazon.titan-text-express-v1 is legacy. Bedrock serves it until 2099-12-31.',
    );
    expect(headers.get('deprecation')).toBe(`@${Date.UTC(2026, 5, 1) / 1000}`);
    expect(headers.get('sunset')).toBe('Thu, 31 Dec 2099 00:00:00 GMT');
  });

  it('that is not legacy is answered without', async () => {
    const { headers } = await chat(NOVA);
    expect(['x-gateway-warning', 'deprecation', 'sunset'].map((name) => headers.get(name))).toEqual([null, null, null]);
  });
});
