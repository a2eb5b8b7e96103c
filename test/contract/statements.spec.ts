import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { UsageLedger } from '../../src/billing/metering/usage-ledger.js';
import { statementSchema } from '../../src/admin/statements/statement.schema.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { usageEvent } from '../support/usage-samples.js';

const SONNET = 'global.anthropic.claude-sonnet-4-6';
const CALL = { inputTokens: 10, outputTokens: 5, cacheReadTokens: 1, costPicoUsd: '1500000' };

let gateway: AccessApp;
let sql: Client;

beforeAll(async () => {
  gateway = await startAccessApp({ STATEMENT_TIME_ZONE: 'Europe/Berlin' });
  sql = new Client({ connectionString: gateway.database.url });
  await sql.connect();
  // In Berlin summer time begins on 29 March 2026: the month begins at 23:00 UTC and ends at 22:00 UTC.
  await settle('2026-02-28T22:59:59.999Z');
  await settle('2026-02-28T23:00:00.000Z', { keyName: 'before' });
  await settle('2026-03-15T10:00:00.000Z', { keyName: '=after', attempt: 2 });
  await settle('2026-03-20T10:00:00.000Z', {
    keyId: 'key_2',
    operation: 'embeddings',
    costPicoUsd: null,
    unpriced: true,
  });
  await settle('2026-03-31T21:59:59.999Z', { keyId: 'key_2' });
  await settle('2026-03-31T22:00:00.000Z', { keyId: 'key_2' });
  await settle('2026-03-20T10:00:00.000Z', { tenantId: 'ten_other' });
});
afterAll(async () => {
  await sql.end();
  await gateway.close();
});

const settle = (occurredAt: string, fields: object = {}) =>
  gateway.app.get(UsageLedger).settle(usageEvent({ tenantId: gateway.tenantId, ...CALL, occurredAt, ...fields }));
const path = (query: string, tenantId = gateway.tenantId) => `/admin/v1/tenants/${tenantId}/statement?${query}`;

async function file(query: string) {
  const response = await fetch(gateway.baseUrl + path(`${query}&format=csv`), {
    headers: { authorization: `Bearer ${gateway.adminKey}` },
  });
  return { text: await response.text(), headers: response.headers };
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const amounts = (calls: number, cost: string, fields: object = {}) => ({
  requests: calls,
  attempts: calls,
  input_tokens: calls * 10,
  output_tokens: calls * 5,
  cache_read_tokens: calls,
  cache_write_5m_tokens: 0,
  cache_write_1h_tokens: 0,
  attempts_without_usage: 0,
  estimated_attempts: 0,
  unpriced_attempts: 0,
  cost_usd: cost,
  ...fields,
});

describe('GET /admin/v1/tenants/:tenantId/statement', () => {
  it('sums a month of the time zone by key, model and operation', async () => {
    const { status, body } = await gateway.call('GET', path('month=2026-03'));
    expect(status).toBe(200);
    expect(statementSchema.strict().parse(body)).toEqual(body);
    expect(body).toEqual({
      object: 'statement',
      tenant_id: gateway.tenantId,
      month: '2026-03',
      time_zone: 'Europe/Berlin',
      from: '2026-02-28T23:00:00.000Z',
      to: '2026-03-31T22:00:00.000Z',
      is_over: true,
      currency: 'usd',
      lines: [
        {
          key_id: 'key_1',
          key_name: '=after',
          model: SONNET,
          operation: 'chat',
          ...amounts(2, '0.000003', { requests: 1 }),
        },
        { key_id: 'key_2', key_name: 'ci', model: SONNET, operation: 'chat', ...amounts(1, '0.0000015') },
        {
          key_id: 'key_2',
          key_name: 'ci',
          model: SONNET,
          operation: 'embeddings',
          ...amounts(1, '0', { unpriced_attempts: 1 }),
        },
      ],
      totals: amounts(4, '0.0000045', { requests: 3, unpriced_attempts: 1 }),
      sha256: body.sha256,
    });
  });

  it.each([
    ['UTC', 4, '2026-03-01T00:00:00.000Z'],
    ['Asia/Kolkata', 3, '2026-02-28T18:30:00.000Z'],
    ['America/New_York', 4, '2026-03-01T05:00:00.000Z'],
  ])('begins the month where %s does', async (zone, attempts, from) => {
    const { body } = await gateway.call('GET', path(`month=2026-03&time_zone=${zone}`));
    const { rows } = await sql.query(
      `SELECT count(*)::integer AS count FROM usage_events WHERE tenant_id = $1
         AND occurred_at >= '2026-03-01'::timestamp AT TIME ZONE $2 AND occurred_at < '2026-04-01'::timestamp AT TIME ZONE $2`,
      [gateway.tenantId, zone],
    );
    expect(body).toMatchObject({ from, totals: { attempts: rows[0].count } });
    expect(rows[0].count).toBeGreaterThanOrEqual(attempts);
  });

  it('is a file whose SHA-256 anybody can compute, and which JSON and headers name', async () => {
    const { text, headers } = await file('month=2026-03');
    expect(text.split('\r\n')).toEqual([
      'kind,tenant_id,month,time_zone,from,to,key_id,key_name,model,operation,requests,attempts,input_tokens,output_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,attempts_without_usage,estimated_attempts,unpriced_attempts,cost_usd,currency',
      expect.stringMatching(/^line,.*,key_1,'=after,.*,chat,1,2,20,10,2,0,0,0,0,0,0\.000003,usd$/),
      expect.stringMatching(/^line,.*,key_2,ci,.*,chat,1,1,10,5,1,0,0,0,0,0,0\.0000015,usd$/),
      expect.stringMatching(/^line,.*,key_2,ci,.*,embeddings,1,1,10,5,1,0,0,0,0,1,0,usd$/),
      expect.stringMatching(/^total,.*,,,,,3,4,40,20,4,0,0,0,0,1,0\.0000045,usd$/),
      '',
    ]);
    const { body } = await gateway.call('GET', path('month=2026-03'));
    expect(body.sha256).toBe(sha256(text));
    expect(headers.get('x-statement-sha256')).toBe(sha256(text));
    expect(headers.get('content-digest')).toBe(`sha-256=:${createHash('sha256').update(text).digest('base64')}:`);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="${gateway.tenantId}-2026-03.csv"`);
  });

  it('has the same hash again when names change and events are gone, and another one when the amounts change', async () => {
    const hashOf = async () => (await gateway.call('GET', path('month=2026-03'))).body.sha256;
    const before = await hashOf();
    await gateway.call('PATCH', `/admin/v1/tenants/${gateway.tenantId}`, { body: { name: 'Renamed' } });
    await settle('2026-04-20T10:00:00.000Z', { keyName: 'later' });
    await sql.query('DELETE FROM usage_events');
    await sql.query("INSERT INTO usage_horizons VALUES ('', '2026-04-21')");
    expect(await hashOf()).toBe(before);
    await settle('2026-03-20T10:00:00.000Z');
    expect(await hashOf()).not.toBe(before);
  });

  it('is empty for a month without use, and no other tenant can be asked for by guessing', async () => {
    const { body } = await gateway.call('GET', path('month=2025-01'));
    expect(body).toMatchObject({ lines: [], totals: { attempts: 0, cost_usd: '0' } });
    expect((await gateway.call('GET', path('month=2026-03', 'ten_none'))).status).toBe(404);
  });

  it.each([
    ['month', ''],
    ['month', 'month=2026-13'],
    ['time_zone', 'month=2026-03&time_zone=Mars'],
    ['format', 'month=2026-03&format=pdf'],
  ])('refuses a bad %s and names it: %s', async (param, query) => {
    const { status, body } = await gateway.call('GET', path(query));
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ type: 'invalid_request_error', param });
  });
});
