import { Client } from 'pg';
import { createSecret } from '../../src/auth/secrets/secret-format.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { waitUpTo, whenReachable } from '../../src/database/when-reachable.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { CuttableProxy } from '../support/cuttable-proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let proxy: CuttableProxy;
let gateway: AccessApp;

beforeAll(async () => {
  database = await createTestDatabase();
  const { hostname, port } = new URL(database.url);
  proxy = new CuttableProxy({ host: hostname, port: Number(port) });
  const url = new URL(database.url);
  url.port = String(await proxy.open());
  gateway = await startAccessApp({}, undefined, { url: url.href, close: () => Promise.resolve() });
});

afterAll(async () => {
  await gateway.close();
  await proxy.cut();
  await database.close();
});

const ask = (key: string) => gateway.call('GET', '/v1/models', { key });

describe('while the database is away', () => {
  it('known keys keep working, unknown ones get 503, and a revoked one stays revoked', async () => {
    const keys = `/admin/v1/tenants/${gateway.tenantId}/keys`;
    const revoked = (await gateway.call('POST', keys, { body: { name: 'gone' } })).body;
    expect((await ask(revoked.key)).status).toBe(200);
    await gateway.call('DELETE', `${keys}/${revoked.id}`);
    expect((await ask(gateway.tenantKey)).status).toBe(200);

    await proxy.cut();
    const until = performance.now() + 1_500;
    const answers = new Set<number>();
    while (performance.now() < until) answers.add((await ask(gateway.tenantKey)).status);
    expect([...answers]).toEqual([200]);
    const unknown = await ask(createSecret('sk'));
    expect([unknown.status, unknown.body.error.type]).toEqual([503, 'service_unavailable_error']);
    expect(unknown.headers.get('retry-after')).toBe('1');
    expect((await ask(revoked.key)).status).toBe(503);
    expect((await ask('sk-mistyped')).status).toBe(401);

    await proxy.open();
    const deadline = performance.now() + 10_000;
    let { status } = await ask(revoked.key);
    while (status === 503 && performance.now() < deadline) {
      expect((await ask(gateway.tenantKey)).status).toBe(200);
      ({ status } = await ask(revoked.key));
    }
    expect(status).toBe(401);
  });
});

describe(whenReachable.name, () => {
  it('does a transaction again whose connection ends between two statements', async () => {
    const sql = new Client({ connectionString: database.url });
    await sql.connect();
    const prisma = gateway.app.get(PrismaService);
    let tries = 0;
    const work = () =>
      prisma.$transaction(async (db) => {
        tries += 1;
        const [row] = await db.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
        if (tries === 1) {
          await sql.query('SELECT pg_terminate_backend($1, 5000)', [row?.pid]);
          // What the server has sent last is read by then.
          await new Promise(setImmediate);
        }
        return db.tenant.count();
      });
    expect(await whenReachable(work, waitUpTo(60_000))).toBe(1);
    expect(tries).toBe(2);
    await sql.end();
  });
});
