import { Client } from 'pg';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { fingerprint } from '../support/fingerprint.js';

/** A valid body of every admin route that takes one. */
const BODIES: Record<string, Record<string, unknown>> = {
  'POST /admin/v1/tenants': { name: 'a' },
  'PATCH /admin/v1/tenants/{tenantId}': { name: 'a' },
  'POST /admin/v1/tenants/{tenantId}/keys': { name: 'a' },
  'POST /admin/v1/tenants/{tenantId}/keys/import': { name: 'a', secret: 'a-secret-of-many-letters' },
  'PATCH /admin/v1/tenants/{tenantId}/keys/{keyId}': { name: 'a' },
  'POST /admin/v1/tenants/{tenantId}/keys/{keyId}/rotate': { overlap_seconds: 0 },
  'POST /admin/v1/admin-keys': { name: 'a', role: 'viewer' },
  'PATCH /admin/v1/admin-keys/{adminKeyId}': { name: 'a' },
  'PUT /admin/v1/model-groups/{name}': { patterns: [] },
  'POST /admin/v1/aliases': { name: 'a', targets: [{ model: 'amazon.nova-lite-v1:0' }] },
  'PATCH /admin/v1/aliases/{aliasId}': { fallbacks: [] },
  'PUT /admin/v1/prices': { data: [] },
  'POST /admin/v1/rerate': { from: '2026-01-01', to: '2026-01-02' },
  'POST /admin/v1/budgets': { name: 'a', window: 'day', limit_usd: '1' },
  'PATCH /admin/v1/budgets/{budgetId}': { limit_usd: '1' },
  'POST /admin/v1/budgets/{budgetId}/increases': { amount_usd: '1', until: '2100-01-01T00:00:00Z', reason: 'a' },
  'POST /admin/v1/quotas': { model: 'a', region: 'eu-west-1' },
  'PATCH /admin/v1/quotas/{quotaId}': { tokens_per_minute: 1 },
  'POST /admin/v1/limits': { kind: 'requests', window: 'day', limit: 1 },
  'PATCH /admin/v1/limits/{limitId}': { limit: 1 },
  'POST /admin/v1/webhooks': { name: 'a', url: 'https://hooks.example' },
  'PATCH /admin/v1/webhooks/{webhookId}': { name: 'a' },
  'POST /admin/v1/webhooks/{webhookId}/rotate': { overlap_seconds: 0 },
};

/** What attackers try beside the columns. */
const MEMBERS = ['is_admin', 'connect', 'create', 'update', 'tenant', 'keys', 'secrets'];
const VALUES = ['owner', 0, true, null, { set: 'x' }, [{ create: {} }]];

interface Operation {
  requestBody?: { content: { 'application/json': { schema: Schema } } };
}

interface Schema {
  $ref?: string;
  properties?: Record<string, unknown>;
}

let gateway: AccessApp;
let client: Client;
let ids: Record<string, string>;
let operations: Map<string, Operation>;
let schemas: Record<string, Schema>;

beforeAll(async () => {
  gateway = await startAccessApp();
  client = new Client({ connectionString: gateway.database.url });
  await client.connect();
  const create = async (path: string, body: object) => (await gateway.call('POST', `/admin/v1${path}`, { body })).body;
  const tenant = await create('/tenants', { name: 'own' });
  const [key, operator, budget, limit, quota] = await Promise.all([
    create(`/tenants/${tenant.id}/keys`, { name: 'key' }),
    create('/admin-keys', { name: 'viewer', role: 'viewer' }),
    create('/budgets', { name: 'budget', window: 'day', limit_usd: '1' }),
    create('/limits', { kind: 'tokens', window: 'day', limit: 1 }),
    create('/quotas', { model: 'none', region: 'eu-west-1' }),
  ]);
  ids = {
    tenantId: tenant.id,
    keyId: key.id,
    adminKeyId: operator.id,
    name: 'none',
    budgetId: budget.id,
    limitId: limit.id,
    quotaId: quota.id,
  };
  const document = (await gateway.call('GET', '/openapi.json')).body;
  schemas = document.components.schemas;
  operations = new Map(
    Object.entries<Record<string, Operation>>(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
    ),
  );
});

afterAll(async () => {
  await client.end();
  await gateway.close();
});

/** The columns of every table, in the spelling of the database and in that of the code. */
async function columns(): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT column_name AS name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1`,
  );
  return rows.flatMap(({ name }) => {
    const camelCase = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    return camelCase === name ? [name] : [name, camelCase];
  });
}

function declaredBy(name: string): Set<string> {
  const schema = operations.get(name)?.requestBody?.content['application/json'].schema;
  const reference = schema?.$ref?.split('/').at(-1);
  const resolved = reference === undefined ? schema : schemas[reference];
  return new Set(Object.keys(resolved?.properties ?? {}));
}

function pathOf(name: string): string {
  return (name.split(' ')[1] ?? '').replaceAll(/\{(\w+)\}/g, (_, parameter: string) => ids[parameter] ?? 'missing');
}

describe('what a write does not declare', () => {
  it('is tried on every admin route that takes a body', () => {
    const writes = [...operations].filter(([name, { requestBody }]) => name.includes(' /admin/') && requestBody);
    expect(writes.map(([name]) => name).sort()).toEqual(Object.keys(BODIES).sort());
  });

  it.each(Object.keys(BODIES))('is refused by %s, whatever its name and value', async (name) => {
    const [method = ''] = name.split(' ');
    const declared = declaredBy(name);
    expect(declared.size).toBeGreaterThan(0);
    const before = await fingerprint(client);
    const undeclared = [...(await columns()), ...MEMBERS].filter((field) => !declared.has(field));
    const answers = await Promise.all(
      undeclared.map(async (field, index) => {
        const body = { ...BODIES[name], [field]: VALUES[index % VALUES.length] };
        const { status, body: answer } = await gateway.call(method, pathOf(name), { body });
        return [field, status, answer?.error?.param ?? null];
      }),
    );
    // A list that must not be empty is complained about first.
    const wrong = answers.filter(([field, status, param]) => status !== 400 || ![field, 'data'].includes(param));
    expect(wrong).toEqual([]);
    expect(await fingerprint(client)).toBe(before);
  });

  // The framework takes these three out of every body before the schema sees them.
  it.each(
    Object.keys(BODIES).flatMap((name) => ['__proto__', 'constructor', 'prototype'].map((member) => [name, member])),
  )('has no effect in %s as %s', async (name = '', member = '') => {
    const [method = ''] = name.split(' ');
    const evil = '{"status":"suspended","role":"owner","tenant_ids":[],"__proto__":{"role":"owner"}}';
    const valid = JSON.stringify(BODIES[name]);
    const response = await fetch(gateway.baseUrl + pathOf(name), {
      method,
      headers: { authorization: `Bearer ${gateway.adminKey}`, 'content-type': 'application/json' },
      body: `${valid.slice(0, -1)},"${member}":${evil}}`,
    });
    expect(response.status).toBeLessThan(500);
    expect(await response.text()).not.toMatch(/"status":"suspended"|"role":"owner"/);
    expect(({} as Record<string, unknown>)['role']).toBeUndefined();
  });
});
