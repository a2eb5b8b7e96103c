import { Client } from 'pg';
import { startAccessApp, type AccessApp } from '../support/access-app.js';

const { jest } = import.meta;

let gateway: AccessApp;

beforeAll(async () => {
  gateway = await startAccessApp();
});

afterEach(() => jest.restoreAllMocks());

afterAll(async () => {
  await gateway.close();
});

const models = (key: string | null, headers: Record<string, string> = {}) =>
  gateway.call('GET', '/v1/models', { key, headers });

async function createTenant(body: object = {}): Promise<string> {
  const { status, body: tenant } = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'team', ...body } });
  expect(status).toBe(201);
  return tenant.id as string;
}

async function createKey(tenantId: string, body: object = {}): Promise<{ id: string; key: string }> {
  const answer = await gateway.call('POST', `/admin/v1/tenants/${tenantId}/keys`, { body: { name: 'ci', ...body } });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; key: string };
}

async function createAdminKey(body: object, key?: string) {
  return gateway.call('POST', '/admin/v1/admin-keys', { body: { name: 'op', ...body }, ...(key && { key }) });
}

describe('a data-plane credential', () => {
  it.each([
    ['Authorization: Bearer', (key: string) => ({ authorization: `Bearer ${key}` })],
    ['authorization: bearer', (key: string) => ({ authorization: `bearer ${key}` })],
    ['x-api-key', (key: string) => ({ 'x-api-key': key })],
    ['api-key', (key: string) => ({ 'api-key': key })],
  ])('is taken from %s', async (_, toHeaders) => {
    expect((await models(null, toHeaders(gateway.tenantKey))).status).toBe(200);
  });

  it('missing is a 401 without a code, and says how to authenticate', async () => {
    const { status, body, headers } = await models(null);
    expect(status).toBe(401);
    expect(body.error).toEqual({
      message: expect.stringContaining('Authorization: Bearer'),
      type: 'invalid_request_error',
      param: null,
      code: null,
    });
    expect(headers.get('www-authenticate')).toBe('Bearer');
  });

  it.each([
    ['unknown', 'sk-000000000000000000000000000000000000'],
    ['of another form', 'bedrock'],
    ['with bytes that are not text', 'sk-\u00ff\u00fe'],
  ])('that is %s is a 401', async (_, key) => {
    const { status, body } = await models(key);
    expect(status).toBe(401);
    expect(body.error).toEqual({
      message: 'Incorrect API key provided.',
      type: 'invalid_request_error',
      param: null,
      code: 'invalid_api_key',
    });
  });

  it('of an operator does not open the data plane, nor one of a tenant the administration', async () => {
    expect((await models(gateway.adminKey)).status).toBe(401);
    expect((await gateway.call('GET', '/admin/v1/tenants', { key: gateway.tenantKey })).status).toBe(401);
  });
});

describe('tenants', () => {
  it('are created with a policy, read, changed field by field and deleted', async () => {
    const created = await gateway.call('POST', '/admin/v1/tenants', {
      body: { name: 'search', external_id: 'team-7', tags: { cost_center: '4711' }, allowed_models: ['anthropic.*'] },
    });
    expect(created.status).toBe(201);
    expect(created.headers.get('etag')).toBe('"1"');
    expect(created.body).toMatchObject({
      id: expect.stringMatching(/^tenant_/),
      object: 'tenant',
      status: 'active',
      allowed_models: ['anthropic.*'],
      allowed_regions: null,
      guardrail: null,
    });
    const url = `/admin/v1/tenants/${created.body.id}`;
    const changed = await gateway.call('PATCH', url, { body: { allowed_regions: ['eu-*'], max_output_tokens: 100 } });
    expect(changed.body).toMatchObject({ name: 'search', allowed_models: ['anthropic.*'], allowed_regions: ['eu-*'] });
    const widened = await gateway.call('PATCH', url, { body: { allowed_models: null } });
    expect(widened.body).toMatchObject({ allowed_models: null, max_output_tokens: 100, version: 3 });
    expect((await gateway.call('GET', url)).body).toEqual(widened.body);
    expect((await gateway.call('DELETE', url)).body).toMatchObject({ status: 'deleted', name: 'search' });
    expect((await gateway.call('GET', url)).status).toBe(404);
    expect((await gateway.call('PATCH', url, { body: { name: 'again' } })).status).toBe(404);
  });

  it('are listed in pages without gaps or repetitions, filtered and sorted', async () => {
    const run = `page-${Date.now()}`;
    const names = ['e', 'a', 'd', 'b', 'c'];
    for (const name of names) await createTenant({ name: `${run} ${name}`, tags: { run } });
    const found: string[] = [];
    let after = '';
    do {
      const path = `/admin/v1/tenants?tag=run=${run}&sort=name&order=desc&limit=2${after && `&after=${after}`}`;
      const { body } = await gateway.call('GET', path);
      expect(body.data.length).toBeLessThanOrEqual(2);
      found.push(...body.data.map((tenant: { name: string }) => tenant.name.at(-1)));
      after = body.has_more ? body.last_id : '';
    } while (after !== '');
    expect(found).toEqual(['e', 'd', 'c', 'b', 'a']);
    expect((await gateway.call('GET', `/admin/v1/tenants?name=${run} A`)).body.data).toHaveLength(1);
    expect((await gateway.call('GET', '/admin/v1/tenants?name=%25')).body.data).toHaveLength(0);
  });

  it('cannot share an external id', async () => {
    const id = await createTenant({ external_id: 'only-one' });
    const { status, body } = await gateway.call('POST', '/admin/v1/tenants', {
      body: { name: 'second', external_id: 'only-one' },
    });
    expect([status, body.error.param]).toEqual([400, 'external_id']);
    await gateway.call('DELETE', `/admin/v1/tenants/${id}`);
    await createTenant({ external_id: 'only-one' });
  });

  it.each<[string, object, string]>([
    ['an unknown field', { name: 'a', admin: true }, 'admin'],
    ['a column that is not a field', { name: 'a', status: 'active' }, 'status'],
    ['no name', {}, 'name'],
    ['a name that PostgreSQL cannot store', { name: 'a\u0000b' }, 'name'],
    ['a nested unknown field', { name: 'a', guardrail: { id: 'g', version: '1', x: 1 } }, 'guardrail.x'],
    ['a broken pattern', { name: 'a', allowed_models: ['a b'] }, 'allowed_models[0]'],
    ['tags that are not text', { name: 'a', tags: { x: 1 } }, 'tags.x'],
    ['an operator instead of a value', { name: { not: '' } }, 'name'],
  ])('are refused with %s, by its name', async (_, body, param) => {
    const answer = await gateway.call('POST', '/admin/v1/tenants', { body });
    expect([answer.status, answer.body.error.type, answer.body.error.param]).toEqual([
      400,
      'invalid_request_error',
      param,
    ]);
  });

  it.each(['PATCH', 'DELETE', 'POST'])('changed meanwhile are not overwritten by %s with If-Match', async (method) => {
    const id = await createTenant();
    const url = `/admin/v1/tenants/${id}${method === 'POST' ? '/suspend' : ''}`;
    await gateway.call('PATCH', `/admin/v1/tenants/${id}`, { body: { name: 'first' } });
    const options = { headers: { 'if-match': '"1"' }, ...(method === 'PATCH' && { body: { name: 'second' } }) };
    const { status, body } = await gateway.call(method, url, options);
    expect([status, body.error.code]).toEqual([412, 'precondition_failed']);
    const current = await gateway.call('GET', `/admin/v1/tenants/${id}`);
    expect(current.body).toMatchObject({ name: 'first', status: 'active' });
    const retry = { ...options, headers: { 'if-match': current.headers.get('etag')! } };
    expect((await gateway.call(method, url, retry)).status).toBe(200);
  });
});

describe('keys', () => {
  it('work from the moment they are issued until they are revoked', async () => {
    const tenantId = await createTenant();
    const issued = await createKey(tenantId, { tags: { app: 'search' } });
    expect(issued).toMatchObject({
      id: expect.stringMatching(/^key_/),
      key: expect.stringMatching(/^sk-[0-9A-Za-z]{36}$/),
      prefix: issued.key.slice(0, 7),
      last_four: issued.key.slice(-4),
      status: 'active',
    });
    expect((await models(issued.key)).status).toBe(200);
    const url = `/admin/v1/tenants/${tenantId}/keys/${issued.id}`;
    const revoked = await gateway.call('DELETE', url);
    expect([revoked.status, revoked.body.status]).toEqual([200, 'revoked']);
    expect(await models(issued.key)).toMatchObject({ status: 401, body: { error: { code: 'invalid_api_key' } } });
    expect((await gateway.call('DELETE', url)).body).toEqual(revoked.body);
    expect(JSON.stringify((await gateway.call('GET', url)).body)).not.toContain(issued.key);
  });

  it('are tried before they exist and work all the same once imported', async () => {
    const secret = 'legacy-secret-0123456789';
    expect((await models(secret)).status).toBe(401);
    const imported = await gateway.call('POST', `/admin/v1/tenants/${gateway.tenantId}/keys/import`, {
      body: { name: 'legacy', secret },
    });
    expect(imported.status).toBe(201);
    expect(JSON.stringify(imported.body)).not.toContain(secret);
    expect((await models(secret)).status).toBe(200);
    const twice = await gateway.call('POST', `/admin/v1/tenants/${gateway.tenantId}/keys/import`, {
      body: { name: 'legacy', secret },
    });
    expect([twice.status, twice.body.error.param]).toEqual([400, 'secret']);
  });

  it('rotate: both secrets work during the overlap, under one id', async () => {
    const tenantId = await createTenant();
    const first = await createKey(tenantId);
    const url = `/admin/v1/tenants/${tenantId}/keys/${first.id}`;
    const second = (await gateway.call('POST', `${url}/rotate`, { body: { overlap_seconds: 60 } })).body;
    expect(second.id).toBe(first.id);
    expect([(await models(first.key)).status, (await models(second.key)).status]).toEqual([200, 200]);
    const third = (await gateway.call('POST', `${url}/rotate`, { body: { overlap_seconds: 0 } })).body;
    const statuses = [first.key, second.key, third.key].map(async (key) => (await models(key)).status);
    expect(await Promise.all(statuses)).toEqual([401, 401, 200]);
    expect((await gateway.call('GET', url)).body.secrets).toHaveLength(3);
  });

  it('stop and start again with their tenant', async () => {
    const tenantId = await createTenant();
    const { key } = await createKey(tenantId);
    expect((await models(key)).status).toBe(200);
    await gateway.call('POST', `/admin/v1/tenants/${tenantId}/suspend`);
    expect(await models(key)).toMatchObject({ status: 403, body: { error: { code: 'tenant_suspended' } } });
    await gateway.call('POST', `/admin/v1/tenants/${tenantId}/resume`);
    expect((await models(key)).status).toBe(200);
    await gateway.call('DELETE', `/admin/v1/tenants/${tenantId}`);
    expect((await models(key)).status).toBe(401);
  });

  it('keep to their addresses and endpoints, from the next request after a change', async () => {
    const tenantId = await createTenant();
    const { id, key } = await createKey(tenantId, { allowed_ip_ranges: ['10.0.0.0/8'] });
    const url = `/admin/v1/tenants/${tenantId}/keys/${id}`;
    expect(await models(key)).toMatchObject({ status: 403, body: { error: { code: 'ip_not_allowed' } } });
    await gateway.call('PATCH', url, { body: { allowed_ip_ranges: ['127.0.0.0/8', '::1'] } });
    expect((await models(key)).status).toBe(200);
    await gateway.call('PATCH', url, { body: { allowed_endpoints: ['embeddings'] } });
    expect(await models(key)).toMatchObject({ status: 403, body: { error: { code: 'endpoint_not_allowed' } } });
  });

  it('end when they expire', async () => {
    const end = Date.now() + 3_600_000;
    const { key } = await createKey(gateway.tenantId, { expires_at: new Date(end).toISOString() });
    expect((await models(key)).status).toBe(200);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(end - 1);
    expect((await models(key)).status).toBe(200);
    clock.mockReturnValue(end);
    expect((await models(key)).status).toBe(401);
  });

  it('never reach further than their tenant', async () => {
    const tenantId = await createTenant({ allowed_models: ['anthropic.*'], max_output_tokens: 100 });
    const url = `/admin/v1/tenants/${tenantId}/keys`;
    for (const [field, value] of Object.entries({ allowed_models: ['*'], max_output_tokens: 101 })) {
      const { status, body } = await gateway.call('POST', url, { body: { name: 'wide', [field]: value } });
      expect([status, body.error.param]).toEqual([400, field]);
    }
    const { id } = await createKey(tenantId, { allowed_models: ['anthropic.claude-*'] });
    const patch = await gateway.call('PATCH', `${url}/${id}`, { body: { allowed_models: ['amazon.*'] } });
    expect(patch.status).toBe(400);
  });
});

describe('a repeated POST', () => {
  it('with the same Idempotency-Key gets the first answer, also when both come together', async () => {
    const options = { body: { name: 'once' }, headers: { 'idempotency-key': 'order-1' } };
    const url = `/admin/v1/tenants/${gateway.tenantId}/keys`;
    const [first, second] = await Promise.all([gateway.call('POST', url, options), gateway.call('POST', url, options)]);
    const third = await gateway.call('POST', url, options);
    expect([first.status, second.status, third.status]).toEqual([201, 201, 201]);
    expect(second.body).toEqual(first.body);
    expect(third.body).toEqual(first.body);
    expect((await models(third.body.key)).status).toBe(200);
    const other = await gateway.call('POST', url, { ...options, body: { name: 'other' } });
    expect([other.status, other.body.error.code]).toEqual([422, 'idempotency_key_reused']);
  });

  it('waits for none that is under way with another Idempotency-Key and forgets old answers', async () => {
    const client = new Client({ connectionString: gateway.database.url });
    await client.connect();
    await client.query(`INSERT INTO idempotent_answers (actor_id, key, fingerprint, created_at)
      VALUES ('someone', 'long ago', '', now() - interval '2 days')`);
    await client.query('BEGIN');
    await client.query("DELETE FROM idempotent_answers WHERE key = 'long ago'");
    try {
      const options = { body: { name: 'meanwhile' }, headers: { 'idempotency-key': 'order-3' } };
      const url = `/admin/v1/tenants/${gateway.tenantId}/keys`;
      expect((await gateway.call('POST', url, options)).status).toBe(201);
      await client.query('ROLLBACK');
      await gateway.call('POST', url, { ...options, headers: { 'idempotency-key': 'order-4' } });
      expect((await client.query("SELECT FROM idempotent_answers WHERE key = 'long ago'")).rowCount).toBe(0);
    } finally {
      await client.end();
    }
  });

  it('that failed is tried again', async () => {
    const headers = { 'idempotency-key': 'order-2' };
    const url = `/admin/v1/tenants/${gateway.tenantId}/keys/import`;
    await gateway.call('POST', url, { body: { name: 'a', secret: 'taken-secret-0123456789' } });
    const failing = { headers, body: { name: 'b', secret: 'taken-secret-0123456789' } };
    expect((await gateway.call('POST', url, failing)).status).toBe(400);
    expect(
      (await gateway.call('POST', url, { ...failing, body: { name: 'b', secret: 'free-secret-0123456789' } })).status,
    ).toBe(201);
  });
});

describe('admin keys', () => {
  it('give nobody more than they have', async () => {
    const admin = (await createAdminKey({ role: 'admin' })).body;
    expect((await createAdminKey({ role: 'owner' }, admin.key)).status).toBe(403);
    expect((await createAdminKey({ role: 'admin' }, admin.key)).status).toBe(201);
    const owner = (await createAdminKey({ role: 'owner' })).body;
    for (const [method, body] of [
      ['PATCH', { name: 'mine' }],
      ['DELETE', undefined],
    ] as const) {
      const answer = await gateway.call(method, `/admin/v1/admin-keys/${owner.id}`, { key: admin.key, body });
      expect(answer.status).toBe(403);
    }
    expect((await gateway.call('GET', '/admin/v1/tenants', { key: owner.key })).status).toBe(200);
  });

  it('of a viewer read and do not write', async () => {
    const viewer = (await createAdminKey({ role: 'viewer' })).body.key as string;
    expect((await gateway.call('GET', '/admin/v1/tenants', { key: viewer })).status).toBe(200);
    const write = await gateway.call('POST', '/admin/v1/tenants', { key: viewer, body: { name: 'no' } });
    expect(write).toMatchObject({ status: 403, body: { error: { type: 'permission_error' } } });
  });

  it('of a tenant admin manage the keys of its tenants and see no others', async () => {
    const [mine, others] = [await createTenant(), await createTenant()];
    const key = (await createAdminKey({ role: 'tenant_admin', tenant_ids: [mine] })).body.key as string;
    const issued = await gateway.call('POST', `/admin/v1/tenants/${mine}/keys`, { key, body: { name: 'own' } });
    expect(issued.status).toBe(201);
    expect((await gateway.call('GET', '/admin/v1/tenants', { key })).body.data).toEqual([
      expect.objectContaining({ id: mine }),
    ]);
    const foreign = await gateway.call('GET', `/admin/v1/tenants/${others}/keys`, { key });
    const missing = await gateway.call('GET', '/admin/v1/tenants/tenant_none/keys', { key });
    expect([foreign.status, foreign.body]).toEqual([404, missing.body]);
    expect((await gateway.call('PATCH', `/admin/v1/tenants/${mine}`, { key, body: { name: 'x' } })).status).toBe(403);
    expect((await createAdminKey({ role: 'tenant_admin', tenant_ids: [mine] }, key)).status).toBe(403);
    expect((await gateway.call('GET', `/admin/v1/tenants?after=${others}`, { key })).status).toBe(400);
    const audit = await gateway.call('GET', '/admin/v1/audit', { key });
    expect(new Set(audit.body.data.map((entry: { tenant_id: string }) => entry.tenant_id))).toEqual(new Set([mine]));
    expect((await gateway.call('GET', `/admin/v1/audit?tenant_id=${others}`, { key })).body.data).toEqual([]);
  });

  it('stop when they are revoked', async () => {
    const { id, key } = (await createAdminKey({ role: 'viewer' })).body;
    expect((await gateway.call('GET', '/admin/v1/tenants', { key })).status).toBe(200);
    await gateway.call('DELETE', `/admin/v1/admin-keys/${id}`);
    expect((await gateway.call('GET', '/admin/v1/tenants', { key })).status).toBe(401);
  });

  it('name tenants only for a tenant admin', async () => {
    expect((await createAdminKey({ role: 'viewer', tenant_ids: [gateway.tenantId] })).status).toBe(400);
    expect((await createAdminKey({ role: 'tenant_admin' })).status).toBe(400);
  });
});

describe('model groups', () => {
  it('change what the policies that name them allow', async () => {
    const url = '/admin/v1/model-groups/small';
    const saved = await gateway.call('PUT', url, { body: { patterns: ['amazon.nova-lite-*'] } });
    expect(saved).toMatchObject({ status: 200, body: { name: 'small', version: 1 } });
    const tenantId = await createTenant({ allowed_models: ['group:small'] });
    const wide = await gateway.call('POST', `/admin/v1/tenants/${tenantId}/keys`, {
      body: { name: 'wide', allowed_models: ['amazon.*'] },
    });
    expect(wide.status).toBe(400);
    await gateway.call('PUT', url, { body: { patterns: ['amazon.*'] }, headers: { 'if-match': '"1"' } });
    await createKey(tenantId, { allowed_models: ['amazon.*'] });
    expect((await gateway.call('DELETE', url)).status).toBe(204);
    expect((await gateway.call('DELETE', url)).status).toBe(404);
  });

  it('made by several at the same time follow each other, in the audit log too', async () => {
    const save = (n: number) =>
      gateway.call('PUT', '/admin/v1/model-groups/contested', { body: { patterns: [`p${n}`] } });
    await Promise.all([1, 2, 3, 4].map(save));
    const { body } = await gateway.call('GET', '/admin/v1/audit?resource_id=contested');
    const versions = body.data.map(({ before, after }: { before: { version: number } | null; after: object }) => [
      before?.version ?? 0,
      after,
    ]);
    expect(versions).toMatchObject([
      [3, { version: 4 }],
      [2, { version: 3 }],
      [1, { version: 2 }],
      [0, { version: 1 }],
    ]);
  });
});

describe('the audit log', () => {
  it('tells who did what from where, before and after, and proves it', async () => {
    const id = await createTenant({ name: 'before' });
    await gateway.call('PATCH', `/admin/v1/tenants/${id}`, { body: { name: 'after' } });
    const { body } = await gateway.call('GET', `/admin/v1/audit?resource_id=${id}`);
    expect(body.data).toEqual([
      expect.objectContaining({
        action: 'tenant.update',
        actor: { id: expect.stringMatching(/^admin_key_/), name: 'first', role: 'owner' },
        ip_address: expect.stringContaining('127.0.0.1'),
        request_id: expect.stringMatching(/^req_/),
        before: expect.objectContaining({ name: 'before' }),
        after: expect.objectContaining({ name: 'after' }),
      }),
      expect.objectContaining({ action: 'tenant.create', before: null }),
    ]);
    const head = (await gateway.call('GET', '/admin/v1/audit/head')).body;
    const verdict = await gateway.call('GET', `/admin/v1/audit/verify?seq=${head.seq}&hash=${head.hash}`);
    expect(verdict.body).toMatchObject({ valid: true, problem: null, entries: Number(head.seq) });
  });
});

describe('ids that cannot exist', () => {
  it.each(['%00', "'; DROP TABLE tenants; --", 'a'.repeat(500), '..%2f..', '%F0%9F%92%A9'])('%s: 404', async (id) => {
    const path = `/admin/v1/tenants/${id.includes('%') ? id : encodeURIComponent(id)}`;
    expect((await gateway.call('GET', path)).body.error.code).toBe('tenant_not_found');
  });
});
