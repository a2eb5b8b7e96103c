import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { startAccessApp } from '../support/access-app.js';
import { until } from '../support/until.js';

const NOVA = 'amazon.nova-lite-v1:0';
const MICRO = 'amazon.nova-micro-v1:0';
const SONNET = 'us.anthropic.claude-sonnet-4-6';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.close());

const create = (body: object, headers = {}) => gateway.call('POST', '/admin/v1/aliases', { body, headers });

async function newKey(tenant: object = {}, key: object = {}): Promise<{ tenantId: string; secret: string }> {
  const { body } = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'a', ...tenant } });
  const issued = await gateway.call('POST', `/admin/v1/tenants/${body.id}/keys`, { body: { name: 'k', ...key } });
  return { tenantId: body.id, secret: issued.body.key };
}

/** Asks for an answer by that name; tells what was invoked. */
async function ask(model: string, key = gateway.tenantKey) {
  gateway.sandbox.journal.clear();
  const body = { model, messages: [{ role: 'user', content: 'hi' }] };
  const answer = await gateway.call('POST', '/v1/chat/completions', { key, body });
  return { ...answer, invoked: gateway.sandbox.journal.list().map(({ modelId }) => modelId) };
}

describe('/admin/v1/aliases', () => {
  it('creates, reads, changes and deletes an alias, with its version as the ETag', async () => {
    const made = await create({ name: 'crud', targets: [{ model: NOVA }], fallbacks: [MICRO] });
    expect(made).toMatchObject({
      status: 201,
      body: { object: 'model_alias', name: 'crud', tenant_id: null, targets: [{ model: NOVA, weight: 1 }], version: 1 },
    });
    const path = `/admin/v1/aliases/${made.body.id}`;
    const read = await gateway.call('GET', path);
    expect([read.body, read.headers.get('etag')]).toEqual([made.body, '"1"']);
    const changed = await gateway.call('PATCH', path, { body: { fallbacks: [] }, headers: { 'if-match': '"1"' } });
    expect(changed.body).toMatchObject({ fallbacks: [], targets: [{ model: NOVA, weight: 1 }], version: 2 });
    const late = await gateway.call('PATCH', path, { body: { fallbacks: [] }, headers: { 'if-match': '"1"' } });
    expect(late.status).toBe(412);
    expect((await gateway.call('DELETE', path)).status).toBe(204);
    expect((await gateway.call('GET', path)).body.error.code).toBe('alias_not_found');
    const { body: audit } = await gateway.call('GET', `/admin/v1/audit?resource_id=${made.body.id}`);
    expect(audit.data.map(({ action }: { action: string }) => action)).toEqual([
      'model_alias.delete',
      'model_alias.update',
      'model_alias.create',
    ]);
  });

  it('answers a repeated request once', async () => {
    const headers = { 'idempotency-key': 'alias-once' };
    const body = { name: 'once', targets: [{ model: NOVA }] };
    const [first, second] = [await create(body, headers), await create(body, headers)];
    expect([second.status, second.body.id]).toEqual([201, first.body.id]);
  });

  it.each<[string, object, string, string]>([
    ['an alias of an alias', { targets: [{ model: 'taken' }] }, 'targets[0].model', 'invalid_value'],
    ['a built-in alias', { targets: [{ model: 'gpt-4o' }] }, 'targets[0].model', 'invalid_value'],
    ['an unknown model', { targets: [{ model: 'acme.wonder-1' }] }, 'targets[0].model', 'model_not_found'],
    [
      'a model that has ended',
      { targets: [{ model: 'us.amazon.nova-premier-v1:0' }] },
      'targets[0].model',
      'model_not_found',
    ],
    [
      'an unknown fallback',
      { targets: [{ model: NOVA }], fallbacks: [MICRO, 'nope'] },
      'fallbacks[1]',
      'model_not_found',
    ],
    [
      'models of two kinds',
      { targets: [{ model: NOVA }], fallbacks: ['cohere.embed-v4:0'] },
      'fallbacks[0]',
      'invalid_value',
    ],
    [
      'two embedding models',
      { targets: [{ model: 'cohere.embed-v4:0' }, { model: 'amazon.titan-embed-text-v2:0' }] },
      'targets[1].model',
      'invalid_value',
    ],
    ['no target', { targets: [] }, 'targets', 'empty_array'],
    ['a weight of nothing', { targets: [{ model: NOVA, weight: 0 }] }, 'targets[0].weight', 'decimal_below_min_value'],
    ['a name with spaces', { name: 'my model', targets: [{ model: NOVA }] }, 'name', 'invalid_value'],
    ['the name of a model', { name: NOVA, targets: [{ model: MICRO }] }, 'name', 'invalid_value'],
    [
      'the name of a model to come',
      { name: 'eu.anthropic.claude-9', targets: [{ model: NOVA }] },
      'name',
      'invalid_value',
    ],
    ['a name that is taken', { name: 'taken', targets: [{ model: NOVA }] }, 'name', 'already_exists'],
  ])('refuses %s, naming the field', async (_, body, param, code) => {
    await create({ name: 'taken', targets: [{ model: NOVA }] });
    const { status, body: answer } = await create({ name: 'fresh', ...body });
    expect([status, answer.error.param, answer.error.code]).toEqual([400, param, code]);
  });

  it('takes one embedding model in two places', async () => {
    const targets = [{ model: 'us.cohere.embed-v4:0' }];
    expect((await create({ name: 'vectors', targets, fallbacks: ['global.cohere.embed-v4:0'] })).status).toBe(201);
    const body = { model: 'vectors', input: 'hi' };
    const { body: list } = await gateway.call('POST', '/v1/embeddings', { key: gateway.tenantKey, body });
    expect([list.model, list.data.length]).toEqual(['vectors', 1]);
  });

  it('refuses the alias of a tenant that does not exist', async () => {
    const { status, body } = await create({ name: 'x', tenant_id: 'ten_none', targets: [{ model: NOVA }] });
    expect([status, body.error.param]).toEqual([400, 'tenant_id']);
  });

  it('lists by name, a page at a time', async () => {
    const { tenantId } = await newKey();
    for (const name of ['c', 'a', 'b']) await create({ name, tenant_id: tenantId, targets: [{ model: NOVA }] });
    const list = (query: string) => gateway.call('GET', `/admin/v1/aliases?tenant_id=${tenantId}&${query}`);
    const named = ({ body }: Awaited<ReturnType<typeof list>>) => body.data.map(({ name }: { name: string }) => name);
    const first = await list('limit=2');
    expect([named(first), first.body.has_more, first.body.last_id]).toEqual([['a', 'b'], true, first.body.data[1].id]);
    const second = await list(`limit=2&after=${first.body.last_id}`);
    expect([named(second), second.body.has_more]).toEqual([['c'], false]);
    expect(named(await list('order=desc'))).toEqual(['c', 'b', 'a']);
    const lost = await list('after=als_none');
    expect([lost.status, lost.body.error.param]).toEqual([400, 'after']);
    expect((await list('limit=0')).status).toBe(400);
  });

  it("shows an admin of a tenant that tenant's aliases and everyone's", async () => {
    const [own, other] = [await newKey(), await newKey()];
    for (const [name, tenant_id] of [
      ['mine', own.tenantId],
      ['theirs', other.tenantId],
    ]) {
      await create({ name, tenant_id, targets: [{ model: NOVA }] });
    }
    await create({ name: 'ours', targets: [{ model: NOVA }] });
    const operator = await gateway.call('POST', '/admin/v1/admin-keys', {
      body: { name: 'ta', role: 'tenant_admin', tenant_ids: [own.tenantId] },
    });
    const { body } = await gateway.call('GET', '/admin/v1/aliases?limit=100', { key: operator.body.key });
    const names = body.data.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['mine', 'ours']));
    expect(names).not.toContain('theirs');
    const all = (await gateway.call('GET', '/admin/v1/aliases?limit=100')).body.data;
    const { id } = all.find(({ name }: { name: string }) => name === 'theirs');
    expect((await gateway.call('GET', `/admin/v1/aliases/${id}`, { key: operator.body.key })).status).toBe(404);
  });
});

describe('a request for an alias', () => {
  it('goes to its target; answer and ledger keep the name, and the ledger the model too', async () => {
    await create({ name: 'team-default', targets: [{ model: NOVA }] });
    const { status, body, headers, invoked } = await ask('team-default');
    expect([status, body.model, invoked]).toEqual([200, 'team-default', [NOVA]]);
    const event = await gateway.prisma.usageEvent.findFirst({
      where: { requestId: headers.get('x-request-id') ?? '' },
    });
    expect(event).toMatchObject({ requestedModel: 'team-default', resolvedModel: NOVA, model: NOVA });
  });

  it('works for streams, completions, rerank and token counts', async () => {
    await create({ name: 'ranker', targets: [{ model: 'amazon.rerank-v1:0' }] });
    await create({ name: 'counter', targets: [{ model: SONNET }] });
    const post = (path: string, body: object) => gateway.call('POST', path, { key: gateway.tenantKey, body });
    const messages = [{ role: 'user', content: 'hi' }];
    const chunks = await gateway
      .openai()
      .chat.completions.create({ model: 'counter', messages: [{ role: 'user', content: 'hi' }], stream: true });
    const names = new Set<string>();
    for await (const chunk of chunks) names.add(chunk.model);
    expect([...names]).toEqual(['counter']);
    expect((await post('/v1/completions', { model: 'counter', prompt: 'hi' })).body.model).toBe('counter');
    expect((await post('/v1/rerank', { model: 'ranker', query: 'q', documents: ['a', 'b'] })).body.model).toBe(
      'ranker',
    );
    const counted = (await post('/v1/tokens/count', { model: 'counter', messages })).body;
    expect([counted.model, counted.input_tokens > 0]).toEqual(['counter', true]);
  });

  it("goes to the tenant's own target where it has one of the same name", async () => {
    const own = await newKey();
    await create({ name: 'shadowed', targets: [{ model: NOVA }] });
    await create({ name: 'shadowed', tenant_id: own.tenantId, targets: [{ model: MICRO }] });
    expect((await ask('shadowed')).invoked).toEqual([NOVA]);
    expect((await ask('shadowed', own.secret)).invoked).toEqual([MICRO]);
  });

  it('is no way around residency, nor around the list of models', async () => {
    await create({ name: 'americans', targets: [{ model: SONNET }] });
    const european = await newKey({ allowed_scopes: ['eu'] });
    const named = await newKey({ allowed_models: ['americans'] });
    const unnamed = await newKey({ allowed_models: ['amazon.*'] });
    expect((await ask('americans', european.secret)).body.error.code).toBe('model_not_allowed');
    expect((await ask('americans', named.secret)).status).toBe(200);
    expect((await ask('americans', unnamed.secret)).body.error.code).toBe('model_not_allowed');
  });

  it('takes the place of a built-in name', async () => {
    const made = await create({ name: 'gpt-4o', targets: [{ model: MICRO }] });
    expect((await ask('gpt-4o')).invoked).toEqual([MICRO]);
    await gateway.call('DELETE', `/admin/v1/aliases/${made.body.id}`);
    expect((await ask('gpt-4o')).invoked).toEqual(['global.anthropic.claude-sonnet-4-6']);
  });

  it('is answered as changed by every replica', async () => {
    const { sandbox } = gateway;
    const env = { AWS_ENDPOINT_URL_BEDROCK: sandbox.url, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: sandbox.url };
    const replica = await startAccessApp(env, gateway);
    const made = await create({ name: 'moving', targets: [{ model: NOVA }] });
    const askReplica = async () => {
      const body = { model: 'moving', messages: [{ role: 'user', content: 'hi' }] };
      const { headers } = await replica.call('POST', '/v1/chat/completions', { key: gateway.tenantKey, body });
      const requestId = headers.get('x-request-id') ?? '';
      return (await gateway.prisma.usageEvent.findFirst({ where: { requestId } }))?.resolvedModel;
    };
    await until(async () => (await askReplica()) === NOVA, 'the new alias');
    await gateway.call('PATCH', `/admin/v1/aliases/${made.body.id}`, { body: { targets: [{ model: MICRO }] } });
    await until(async () => (await askReplica()) === MICRO, 'the changed alias');
    expect(await askReplica()).toBe(MICRO);
    await replica.close();
  });
});

describe('the list of models', () => {
  it('shows a key the aliases that it can use', async () => {
    const own = await newKey({ allowed_scopes: ['in-region'] });
    await create({ name: 'listed', targets: [{ model: SONNET }], fallbacks: [NOVA] });
    await create({ name: 'unlisted', targets: [{ model: SONNET }] });
    const { body } = await gateway.call('GET', '/v1/models', { key: own.secret });
    const listed = body.data.find(({ id }: { id: string }) => id === 'listed');
    expect(listed).toMatchObject({ object: 'model', gateway: { base_model: NOVA, kind: 'chat' } });
    expect(body.data.map(({ id }: { id: string }) => id)).not.toContain('unlisted');
    expect((await gateway.call('GET', '/v1/models/listed', { key: own.secret })).body).toEqual(listed);
    expect((await gateway.call('GET', '/v1/models/unlisted', { key: own.secret })).status).toBe(404);
  });
});
