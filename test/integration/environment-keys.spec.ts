import { Client } from 'pg';
import { createSecret } from '../../src/auth/secrets/secret-format.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';

const API_KEY = 'bedrock-legacy-key';
const ADMIN_API_KEY = 'an-admin-key-of-our-own';

let gateway: AccessApp;
let client: Client;

beforeAll(async () => {
  gateway = await startAccessApp({ API_KEY, ADMIN_API_KEY });
  client = new Client({ connectionString: gateway.database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await gateway.close();
});

const statusOf = async (key: string) => (await gateway.call('GET', '/v1/models', { key })).status;

describe('ADMIN_API_KEY', () => {
  it("is an owner's key, and named so in the audit log", async () => {
    const { status } = await gateway.call('POST', '/admin/v1/tenants', { key: ADMIN_API_KEY, body: { name: 'a' } });
    expect(status).toBe(201);
    const { body } = await gateway.call('GET', '/admin/v1/audit?limit=1');
    expect(body.data[0].actor).toEqual({ id: 'admin_key_environment', name: 'ADMIN_API_KEY', role: 'owner' });
  });

  it.each([`${ADMIN_API_KEY} `, ADMIN_API_KEY.toUpperCase(), ADMIN_API_KEY.slice(0, -1), API_KEY])(
    'is not %j',
    async (key) => {
      const response = await fetch(`${gateway.baseUrl}/admin/v1/tenants`, { headers: { 'x-api-key': `${key}x` } });
      expect(response.status).toBe(401);
    },
  );

  it('does not open the data plane', async () => {
    expect(await statusOf(ADMIN_API_KEY)).toBe(401);
  });
});

describe('API_KEY', () => {
  it('is a key of the first tenant, and follows its suspension', async () => {
    expect(await statusOf(API_KEY)).toBe(200);
    await gateway.call('POST', `/admin/v1/tenants/${gateway.tenantId}/suspend`);
    expect(await statusOf(API_KEY)).toBe(403);
    await gateway.call('POST', `/admin/v1/tenants/${gateway.tenantId}/resume`);
    expect(await statusOf(API_KEY)).toBe(200);
  });

  it('does not open the administration', async () => {
    expect((await gateway.call('GET', '/admin/v1/tenants', { key: API_KEY })).status).toBe(401);
  });
});

describe('a tenant that is gone', () => {
  it('takes API_KEY with it, which moves on to no other', async () => {
    await gateway.call('DELETE', `/admin/v1/tenants/${gateway.tenantId}`);
    expect(await statusOf(API_KEY)).toBe(401);
  });
});

describe('a mistyped key', () => {
  it('is refused without a query', async () => {
    await client.query('ALTER TABLE api_key_secrets RENAME TO hidden');
    try {
      const key = createSecret('sk');
      expect(await statusOf(key)).toBe(503);
      for (let at = 0; at < key.length; at += 1) {
        const letter = key[at] === 'x' ? 'y' : 'x';
        expect([at, await statusOf(key.slice(0, at) + letter + key.slice(at + 1))]).toEqual([at, 401]);
      }
    } finally {
      await client.query('ALTER TABLE hidden RENAME TO api_key_secrets');
    }
  });
});
