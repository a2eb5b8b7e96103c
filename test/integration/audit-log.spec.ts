import { createPublicKey, verify } from 'node:crypto';
import { Client } from 'pg';
import type { Actor } from '../../src/audit/actor.js';
import { SYSTEM_ACTOR } from '../../src/audit/actor.js';
import { AdminChanges } from '../../src/audit/admin-changes.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';

let gateway: AccessApp;
let audit: AuditService;
let changes: AdminChanges;
let client: Client;

beforeEach(async () => {
  gateway = await startAccessApp();
  audit = gateway.app.get(AuditService, { strict: false });
  changes = gateway.app.get(AdminChanges, { strict: false });
  client = new Client({ connectionString: gateway.database.url });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await gateway.close();
});

const record = (resourceId: string) => ({
  action: 'thing.change',
  resourceType: 'thing',
  resourceId,
  tenantId: null,
  before: { z: 1, a: { y: [1, null, 'ü'], b: 1.5 } },
  after: null,
});

async function change(resourceId: string, actor: Actor = SYSTEM_ACTOR): Promise<void> {
  await changes.run(actor, async (transaction) => {
    transaction.record(record(resourceId));
    return Promise.resolve();
  });
}

/** What somebody can do who owns the database but not the pepper. */
async function tamper(...statements: string[]): Promise<void> {
  await client.query('ALTER TABLE audit_entries DISABLE TRIGGER ALL');
  for (const statement of statements) await client.query(statement);
}

describe(AuditService.name, () => {
  it('finds a chain of many writers at once whole, without gaps', async () => {
    const before = (await audit.verify()).entries;
    await Promise.all(Array.from({ length: 20 }, (_, n) => change(`thing_${n}`)));
    expect(await audit.verify()).toMatchObject({ valid: true, entries: before + 20 });
  });

  it('leaves neither the change nor the entry when one of them fails', async () => {
    const { entries } = await audit.verify();
    const failing = changes.run(SYSTEM_ACTOR, async ({ db, record: add }) => {
      await db.modelGroup.create({ data: { name: 'half', patterns: [] } });
      add(record('half'));
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(await audit.verify()).toMatchObject({ valid: true, entries });
    expect((await client.query('SELECT 1 FROM model_groups')).rowCount).toBe(0);
  });

  it.each(['UPDATE audit_entries SET action = action', 'DELETE FROM audit_entries', 'TRUNCATE audit_entries'])(
    'refuses %s',
    async (statement) => {
      await expect(client.query(statement)).rejects.toThrow('append-only');
    },
  );

  it.each<[string, string[], string]>([
    ['an entry', [`UPDATE audit_entries SET actor_name = 'nobody' WHERE seq = 2`], '2'],
    ['a detail', [`UPDATE audit_entries SET after = jsonb_set(after, '{name}', '"x"') WHERE seq = 1`], '1'],
    ['a missing entry', ['DELETE FROM audit_entries WHERE seq = 2'], '2'],
    ['the end without its head', ['DELETE FROM audit_entries WHERE seq = (SELECT max(seq) FROM audit_entries)'], '3'],
  ])('notices %s that was changed', async (_, statements, brokenAt) => {
    await tamper(...statements);
    const { valid, brokenAtSeq } = await audit.verify();
    expect([valid, String(brokenAtSeq)]).toEqual([false, brokenAt]);
  });

  it('notices a head that somebody else has written', async () => {
    await tamper(
      'DELETE FROM audit_entries WHERE seq = 3',
      'UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit_entries WHERE seq = 2)',
    );
    expect(await audit.verify()).toMatchObject({ valid: false, problem: 'the head is not signed by this gateway' });
  });

  it('notices a log that was set back to an earlier, signed head, against a head kept elsewhere', async () => {
    const { rows } = await client.query('SELECT seq, hash, signature FROM audit_head');
    await change('later');
    const kept = (await audit.findHead())!;
    await tamper(`DELETE FROM audit_entries WHERE seq > ${rows[0].seq}`);
    await client.query('UPDATE audit_head SET seq = $1, hash = $2, signature = $3', Object.values(rows[0]));
    expect(await audit.verify()).toMatchObject({ valid: true });
    expect(await audit.verify(kept)).toMatchObject({ valid: false, problem: 'the known head is not part of the log' });
  });

  it('notices that everything is gone', async () => {
    const kept = (await audit.findHead())!;
    await tamper('DELETE FROM audit_head');
    expect(await audit.verify()).toMatchObject({ valid: false, problem: 'the head is missing' });
    await client.query('DELETE FROM audit_entries');
    expect(await audit.verify(kept)).toMatchObject({ valid: false });
  });

  it('signs a head that anyone can check with the public key', async () => {
    const head = (await audit.findHead())!;
    const text = `bedrock-gateway audit head ${head.seq} ${Buffer.from(head.hash).toString('hex')}`;
    expect(verify(null, Buffer.from(text), createPublicKey(audit.publicKeyPem), head.signature)).toBe(true);
  });
});

describe('a dump of the database', () => {
  it('holds no secret in plain text, not even of the answers kept for retries', async () => {
    const url = `/admin/v1/tenants/${gateway.tenantId}/keys`;
    const headers = { 'idempotency-key': 'dump' };
    const { body } = await gateway.call('POST', url, { body: { name: 'a' }, headers });
    await gateway.call('POST', `${url}/import`, {
      body: { name: 'b', secret: 'imported-secret-0123' },
      headers: { 'idempotency-key': 'i' },
    });
    const rotated = await gateway.call('POST', `${url}/${body.id}/rotate`);
    const { rows: tables } = await client.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
    let dump = '';
    for (const { tablename } of tables) {
      const { rows } = await client.query(
        `SELECT t::text AS text, encode(t::text::bytea, 'escape') FROM "${tablename}" t`,
      );
      dump += JSON.stringify(rows);
    }
    expect(dump).toContain(body.id);
    for (const secret of [gateway.adminKey, gateway.tenantKey, body.key, rotated.body.key, 'imported-secret-0123']) {
      expect(dump).not.toContain(secret);
      expect(dump).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });
});
