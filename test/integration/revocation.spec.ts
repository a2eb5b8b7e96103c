import { Client } from 'pg';
import { FirstRun } from '../../src/admin/first-run.js';
import { ChangeFeed } from '../../src/auth/change-feed.js';
import { LastUsed } from '../../src/auth/last-used.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { waitUpTo } from '../../src/database/when-reachable.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { runningTime } from '../support/running-time.js';
import { until } from '../support/until.js';

let first: AccessApp;
let second: AccessApp;
let client: Client;

beforeAll(async () => {
  first = await startAccessApp();
  second = await startAccessApp({}, first);
  client = new Client({ connectionString: first.database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await second.close();
  await first.close();
});

const statusOf = async (gateway: AccessApp, key: string) => (await gateway.call('GET', '/v1/models', { key })).status;

async function issue(): Promise<{ key: string; url: string }> {
  const keys = `/admin/v1/tenants/${first.tenantId}/keys`;
  const { body } = await first.call('POST', keys, { body: { name: 'short-lived' } });
  return { key: body.key, url: `${keys}/${body.id}` };
}

/** Milliseconds until the other replica refuses the key that is revoked here. */
async function delayOfRevocation(): Promise<number> {
  const { key, url } = await issue();
  expect(await statusOf(second, key)).toBe(200);
  await first.call('DELETE', url);
  const isRefused = async () => (await statusOf(second, key)) === 401;
  const ms = await runningTime(() => until(isRefused, 'the other replica to refuse it'));
  expect(await statusOf(first, key)).toBe(401);
  return ms;
}

describe('a key that is revoked after the database was set back', () => {
  it('stops on the other replica, although the number of its revocation is known there', async () => {
    const { key, url } = await issue();
    const { rows } = await client.query('SELECT seq, hash, signature FROM audit_head');
    await delayOfRevocation();
    expect(await statusOf(second, key)).toBe(200);
    await setBack(rows[0]);
    await first.call('DELETE', url);
    await until(async () => (await statusOf(second, key)) === 401, 'the other replica to refuse it');
  });
});

/** As a failover does that loses the last commits: what came after this end of the log is gone. */
async function setBack(head: { seq: string; hash: Buffer; signature: Buffer }): Promise<void> {
  await client.query('BEGIN');
  await client.query('SET LOCAL session_replication_role = replica');
  await client.query('DELETE FROM audit_entries WHERE seq > $1', [head.seq]);
  await client.query('UPDATE audit_head SET seq = $1, hash = $2, signature = $3', [
    head.seq,
    head.hash,
    head.signature,
  ]);
  await client.query('COMMIT');
}

describe('a key that is revoked on one replica', () => {
  it('stops within 1 s on the other', async () => {
    expect(await delayOfRevocation()).toBeLessThan(1_000);
  });

  it('stops within 1 s when the connection that follows the changes breaks', async () => {
    await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1`, [
      'gateway-changes',
    ]);
    expect(await delayOfRevocation()).toBeLessThan(1_000);
  });

  it('stops within 1 s when the replica can follow no changes at all', async () => {
    const feed = second.app.get(ChangeFeed, { strict: false });
    await feed.onApplicationShutdown();
    expect(await delayOfRevocation()).toBeLessThan(1_000);
  });
});

describe('a warm key', () => {
  it('is checked without a query', async () => {
    await statusOf(first, first.tenantKey);
    await client.query('ALTER TABLE api_key_secrets RENAME TO hidden');
    try {
      for (let call = 0; call < 20; call += 1) expect(await statusOf(first, first.tenantKey)).toBe(200);
    } finally {
      await client.query('ALTER TABLE hidden RENAME TO api_key_secrets');
    }
  });
});

describe(LastUsed.name, () => {
  it('writes the latest use in one batch, and never an earlier one over it', async () => {
    const { key, url } = await issue();
    await statusOf(first, key);
    const used = first.app.get(LastUsed, { strict: false });
    await used.write();
    const { last_used_at: at } = (await first.call('GET', url)).body;
    expect(Date.now() - Date.parse(at)).toBeLessThan(10_000);
    await client.query(`UPDATE api_keys SET last_used_at = now() + interval '1 hour' WHERE id = $1`, [
      url.split('/').at(-1),
    ]);
    await statusOf(first, key);
    await used.write();
    expect(Date.parse((await first.call('GET', url)).body.last_used_at)).toBeGreaterThan(Date.now() + 3_000_000);
  });
});

describe(`${LastUsed.name} of an operator's key`, () => {
  it('is shown with the key', async () => {
    const { body } = await first.call('POST', '/admin/v1/admin-keys', { body: { name: 'reader', role: 'viewer' } });
    const url = `/admin/v1/admin-keys/${body.id}`;
    expect((await first.call('GET', url)).body.last_used_at).toBeNull();
    await first.call('GET', '/admin/v1/tenants', { key: body.key });
    await first.app.get(LastUsed, { strict: false }).write();
    expect(Date.parse((await first.call('GET', url)).body.last_used_at)).toBeGreaterThan(Date.now() - 10_000);
  });
});

describe(FirstRun.name, () => {
  it('sets up a database once, however many replicas start together', async () => {
    await client.query('TRUNCATE api_key_secrets, api_keys, tenants, admin_keys');
    const results = await Promise.all(
      [first, second, first, second].map(({ app }) => app.get(FirstRun).create(waitUpTo(0))),
    );
    expect(results.filter((result) => result !== null)).toHaveLength(1);
    expect(await first.app.get(PrismaService).tenant.count()).toBe(1);
  });
});
