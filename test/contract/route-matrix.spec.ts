import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { createSecret } from '../../src/auth/secrets/secret-format.js';
import { Client } from 'pg';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { fingerprint } from '../support/fingerprint.js';

type Caller = 'none' | 'wrong' | 'tenant' | 'expired' | 'revoked' | 'suspended' | Operator;
type Operator = 'owner' | 'admin' | 'viewer' | 'own tenant admin' | 'other tenant admin' | 'revoked operator';

const READERS: Caller[] = ['owner', 'admin', 'viewer'];
const WRITERS: Caller[] = ['owner', 'admin'];
const EVERYONE: Caller[] = [
  'none',
  'wrong',
  'tenant',
  'expired',
  'revoked',
  'suspended',
  'owner',
  'admin',
  'viewer',
  'own tenant admin',
  'other tenant admin',
  'revoked operator',
];

/** Who may use which route: the whole table of the app, checked against it. `:tenantId` is the tenant's own. */
const MATRIX: Record<string, readonly Caller[]> = {
  'GET /': EVERYONE,
  'GET /healthz': EVERYONE,
  'GET /health': EVERYONE,
  'GET /readyz': EVERYONE,
  'GET /docs': EVERYONE,
  'GET /docs/': EVERYONE,
  'GET /docs/swagger-ui-init.js': EVERYONE,
  'GET /docs/docs/swagger-ui-init.js': EVERYONE,
  'GET /docs/index.html': EVERYONE,
  'GET /docs/LICENSE': EVERYONE,
  'GET /openapi.json': EVERYONE,
  'POST /admin/v1/tenants': WRITERS,
  'GET /admin/v1/tenants': [...READERS, 'own tenant admin', 'other tenant admin'],
  'GET /admin/v1/tenants/:tenantId': [...READERS, 'own tenant admin'],
  'PATCH /admin/v1/tenants/:tenantId': WRITERS,
  'DELETE /admin/v1/tenants/:tenantId': WRITERS,
  'POST /admin/v1/tenants/:tenantId/suspend': WRITERS,
  'POST /admin/v1/tenants/:tenantId/resume': WRITERS,
  'POST /admin/v1/tenants/:tenantId/keys': [...WRITERS, 'own tenant admin'],
  'POST /admin/v1/tenants/:tenantId/keys/import': [...WRITERS, 'own tenant admin'],
  'GET /admin/v1/tenants/:tenantId/keys': [...READERS, 'own tenant admin'],
  'GET /admin/v1/tenants/:tenantId/keys/:keyId': [...READERS, 'own tenant admin'],
  'PATCH /admin/v1/tenants/:tenantId/keys/:keyId': [...WRITERS, 'own tenant admin'],
  'DELETE /admin/v1/tenants/:tenantId/keys/:keyId': [...WRITERS, 'own tenant admin'],
  'POST /admin/v1/tenants/:tenantId/keys/:keyId/rotate': [...WRITERS, 'own tenant admin'],
  'POST /admin/v1/admin-keys': WRITERS,
  'GET /admin/v1/admin-keys': READERS,
  'GET /admin/v1/admin-keys/:adminKeyId': READERS,
  'PATCH /admin/v1/admin-keys/:adminKeyId': WRITERS,
  'DELETE /admin/v1/admin-keys/:adminKeyId': WRITERS,
  'GET /admin/v1/model-groups': READERS,
  'PUT /admin/v1/model-groups/:name': WRITERS,
  'DELETE /admin/v1/model-groups/:name': WRITERS,
  'GET /admin/v1/aliases': [...READERS, 'own tenant admin', 'other tenant admin'],
  'POST /admin/v1/aliases': WRITERS,
  'GET /admin/v1/aliases/:aliasId': [...READERS, 'own tenant admin', 'other tenant admin'],
  'PATCH /admin/v1/aliases/:aliasId': WRITERS,
  'DELETE /admin/v1/aliases/:aliasId': WRITERS,
  'GET /admin/v1/audit': [...READERS, 'own tenant admin', 'other tenant admin'],
  'GET /admin/v1/audit/head': READERS,
  'GET /admin/v1/audit/verify': READERS,
  'GET /admin/v1/tenants/:tenantId/statement': [...READERS, 'own tenant admin'],
  'GET /admin/v1/usage': [...READERS, 'own tenant admin', 'other tenant admin'],
  'GET /admin/v1/costs': [...READERS, 'own tenant admin', 'other tenant admin'],
  'GET /admin/v1/prices': READERS,
  'PUT /admin/v1/prices': WRITERS,
  'POST /admin/v1/rerate': WRITERS,
  'GET /admin/v1/months': READERS,
  'POST /admin/v1/months/:month/lock': WRITERS,
  'DELETE /admin/v1/months/:month/lock': ['owner'],
  'GET /admin/v1/budgets': [...READERS, 'own tenant admin', 'other tenant admin'],
  'POST /admin/v1/budgets': WRITERS,
  'GET /admin/v1/budgets/:budgetId': [...READERS, 'own tenant admin', 'other tenant admin'],
  'PATCH /admin/v1/budgets/:budgetId': WRITERS,
  'DELETE /admin/v1/budgets/:budgetId': WRITERS,
  'GET /admin/v1/budgets/:budgetId/increases': [...READERS, 'own tenant admin', 'other tenant admin'],
  'POST /admin/v1/budgets/:budgetId/increases': WRITERS,
  'DELETE /admin/v1/budgets/:budgetId/increases/:increaseId': WRITERS,
  'GET /admin/v1/limits': [...READERS, 'own tenant admin', 'other tenant admin'],
  'POST /admin/v1/limits': WRITERS,
  'GET /admin/v1/limits/:limitId': [...READERS, 'own tenant admin', 'other tenant admin'],
  'PATCH /admin/v1/limits/:limitId': WRITERS,
  'DELETE /admin/v1/limits/:limitId': WRITERS,
  'GET /admin/v1/quotas': READERS,
  'POST /admin/v1/quotas': WRITERS,
  'GET /admin/v1/quotas/:quotaId': READERS,
  'PATCH /admin/v1/quotas/:quotaId': WRITERS,
  'DELETE /admin/v1/quotas/:quotaId': WRITERS,
  'GET /admin/v1/webhooks': READERS,
  'POST /admin/v1/webhooks': WRITERS,
  'GET /admin/v1/webhooks/:webhookId': READERS,
  'PATCH /admin/v1/webhooks/:webhookId': WRITERS,
  'DELETE /admin/v1/webhooks/:webhookId': WRITERS,
  'POST /admin/v1/webhooks/:webhookId/rotate': WRITERS,
  'POST /admin/v1/webhooks/:webhookId/test': WRITERS,
  'GET /admin/v1/webhooks/:webhookId/deliveries': READERS,
  'POST /admin/v1/webhooks/:webhookId/deliveries/:deliveryId/retry': WRITERS,
  'GET /metrics': READERS,
  'POST /v2/rerank': ['tenant'],
  ...Object.fromEntries(
    ['/v1', '/api/v1', '/openai/v1'].flatMap((prefix) => [
      [`GET ${prefix}/models`, ['tenant']],
      [`GET ${prefix}/models/*id`, ['tenant']],
      [`POST ${prefix}/chat/completions`, ['tenant']],
      [`POST ${prefix}/completions`, ['tenant']],
      [`POST ${prefix}/embeddings`, ['tenant']],
      [`POST ${prefix}/rerank`, ['tenant']],
      [`POST ${prefix}/moderations`, ['tenant']],
      [`POST ${prefix}/tokens/count`, ['tenant']],
      [`GET ${prefix}/usage`, ['tenant']],
      ...['usage/completions', 'usage/embeddings', 'usage/moderations', 'costs'].map((report) => [
        `GET ${prefix}/organization/${report}`,
        [...READERS, 'own tenant admin', 'other tenant admin'],
      ]),
    ]),
  ),
};

const agent = new Agent({ keepAlive: true });
let gateway: AccessApp;
let client: Client;
let ids: Record<string, string>;
const credentials = {} as Record<Caller, string | null>;

beforeAll(async () => {
  gateway = await startAccessApp();
  client = new Client({ connectionString: gateway.database.url });
  await client.connect();
  const create = async (path: string, body: object) => (await gateway.call('POST', `/admin/v1${path}`, { body })).body;
  const tenant = await create('/tenants', { name: 'own' });
  const other = await create('/tenants', { name: 'other' });
  const sleeping = await create('/tenants', { name: 'sleeping' });
  const operator = async (role: string, tenant_ids: string[] = []) =>
    create('/admin-keys', { name: role, role, tenant_ids });
  const [key, expired, revoked, suspended] = await Promise.all([
    create(`/tenants/${tenant.id}/keys`, { name: 'key' }),
    create(`/tenants/${tenant.id}/keys`, { name: 'expired', expires_at: new Date(Date.now() + 60_000).toISOString() }),
    create(`/tenants/${tenant.id}/keys`, { name: 'revoked' }),
    create(`/tenants/${sleeping.id}/keys`, { name: 'suspended' }),
  ]);
  const gone = await operator('owner');
  Object.assign(credentials, {
    none: null,
    wrong: createSecret('ak'),
    tenant: gateway.tenantKey,
    expired: expired.key,
    revoked: revoked.key,
    suspended: suspended.key,
    owner: gateway.adminKey,
    admin: (await operator('admin')).key,
    viewer: (await operator('viewer')).key,
    'own tenant admin': (await operator('tenant_admin', [tenant.id])).key,
    'other tenant admin': (await operator('tenant_admin', [other.id])).key,
    'revoked operator': gone.key,
  } satisfies Record<Caller, string | null>);
  await client.query(`UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE id = $1`, [expired.id]);
  await gateway.call('DELETE', `/admin/v1/tenants/${tenant.id}/keys/${revoked.id}`);
  await gateway.call('POST', `/admin/v1/tenants/${sleeping.id}/suspend`);
  await gateway.call('DELETE', `/admin/v1/admin-keys/${gone.id}`);
  const viewer = await operator('viewer');
  ids = {
    tenantId: tenant.id,
    keyId: key.id,
    adminKeyId: viewer.id,
    name: 'none',
    id: 'none',
    budgetId: 'none',
    increaseId: 'none',
    limitId: 'none',
    quotaId: 'none',
    webhookId: 'none',
    deliveryId: 'none',
  };
});

afterAll(async () => {
  agent.destroy();
  await client.end();
  await gateway.close();
});

interface Route {
  name: string;
  method: string;
  path: string;
}

/** The routes that Express really has. `{/*splat}` is a middleware of every path. */
function routes(): Route[] {
  const { stack } = (gateway.app.getHttpAdapter().getInstance() as { router: { stack: unknown[] } }).router;
  const layers = stack as { route?: { path: string | string[]; methods: Record<string, boolean> } }[];
  return layers.flatMap(({ route }) =>
    route
      ? [route.path]
          .flat()
          .filter((path) => path !== '{/*splat}')
          .flatMap((path) =>
            Object.keys(route.methods).map((method) => ({
              name: `${method.toUpperCase()} ${path}`,
              method: method.toUpperCase(),
              path: path.replaceAll(/[:*](\w+)/g, (_, parameter: string) => ids[parameter] ?? 'missing'),
            })),
          )
      : [],
  );
}

/** A path in the spellings by which guards of other gateways were got around. */
function spellings(path: string): string[] {
  const segments = path.split('/').filter(Boolean);
  return [
    path,
    `${path}/`,
    `/${path}`,
    path.replaceAll('/', '//'),
    path.toUpperCase(),
    `/${segments.join('%2f')}`,
    `${path}%2f`,
    `${path}%00`,
    `/./${segments.join('/./')}`,
    `/x/..${path}`,
    `${path};x=1`,
    `${path}?x=/healthz`,
    `${path}#/healthz`,
  ];
}

/** The path goes out as it is: `fetch` would resolve `/./` and `/..` first. */
async function statusOf(method: string, path: string, caller: Caller): Promise<number> {
  const key = credentials[caller];
  const { hostname, port } = new URL(gateway.baseUrl);
  const headers = { ...(key !== null && { authorization: `Bearer ${key}` }), 'content-type': 'application/json' };
  const sent = request({ hostname, port, path, method, headers, agent });
  sent.end(['POST', 'PUT', 'PATCH'].includes(method) ? '{}' : undefined);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode ?? 0;
}

describe('the matrix', () => {
  it('names every route of the app, and no other', () => {
    const served = [...new Set(routes().map(({ name }) => name))].sort();
    expect(served.filter((name) => !(name in MATRIX))).toEqual([]);
    expect(Object.keys(MATRIX).filter((name) => !served.includes(name) && MATRIX[name]!.length > 0)).toEqual([]);
  });

  it('holds: who may not use a route gets 401, 403, 404 or 405 under every spelling, and changes nothing', async () => {
    const before = await fingerprint(client);
    const leaks: string[] = [];
    let requests = 0;
    for (const route of routes()) {
      const allowed = MATRIX[route.name] ?? [];
      const refused = EVERYONE.filter((caller) => !allowed.includes(caller));
      if (allowed.length === 0) continue;
      for (const path of spellings(route.path)) {
        // Another spelling may be the path of a route that has other methods; a 405 comes from no handler.
        const unrouted = path === route.path ? [] : [405];
        const methods = route.method === 'GET' ? ['GET', 'HEAD'] : [route.method];
        const calls = refused.flatMap((caller) => methods.map((method) => ({ caller, method })));
        const statuses = await Promise.all(calls.map(({ caller, method }) => statusOf(method, path, caller)));
        requests += statuses.length;
        statuses.forEach((status, index) => {
          const { caller, method } = calls[index]!;
          if (![400, 401, 403, 404, ...unrouted].includes(status))
            leaks.push(`${method} ${path} as ${caller}: ${status}`);
        });
      }
    }
    expect(leaks).toEqual([]);
    expect(requests).toBeGreaterThan(3_000);
    expect(await fingerprint(client)).toBe(before);
  }, 120_000);

  it('holds: who may use a route is not refused', async () => {
    const reads = routes().filter(({ name, method }) => method === 'GET' && (MATRIX[name] ?? []).length > 0);
    for (const route of reads) {
      for (const caller of MATRIX[route.name]!) {
        const status = await statusOf('GET', route.path, caller);
        expect([route.name, caller, status === 401 || status === 403]).toEqual([route.name, caller, false]);
      }
    }
  });

  it('OPTIONS and methods that a route does not have change nothing', async () => {
    const before = await fingerprint(client);
    const paths = [...new Set(routes().map(({ path }) => path))];
    for (const path of paths) {
      await Promise.all(['OPTIONS', 'PUT', 'QUERY'].map((method) => statusOf(method, path, 'none')));
    }
    expect(await fingerprint(client)).toBe(before);
  });
});
