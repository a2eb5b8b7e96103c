import { toEventRecord } from '../../src/billing/metering/ledger-record.js';
import { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import type { RatedUsageEvent } from '../../src/billing/metering/usage-event.js';
import { FOLD_ALL } from '../support/fold.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { openUsageEvent, usageEvent } from '../support/usage-samples.js';

const MODEL = 'acme.large';
const RANGE = { from: '2026-05-01', to: '2026-06-01' };

let gateway: TestGateway;
let ledger: LedgerStore;
let tenantId: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  ledger = new LedgerStore(gateway.database.url);
});
afterAll(async () => {
  await ledger.close();
  await gateway.close();
});
beforeEach(async () => {
  const created = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'team' } });
  tenantId = created.body.id as string;
});

/** 1,000 input and 100 output tokens at 3 and 15 USD per million. */
async function write(fields: Partial<RatedUsageEvent> = {}): Promise<RatedUsageEvent> {
  const event = usageEvent({
    tenantId,
    model: MODEL,
    scope: 'in_region',
    occurredAt: '2026-05-10T10:15:00.000Z',
    inputTokens: 1000,
    outputTokens: 100,
    cacheReadTokens: null,
    cacheWrite5mTokens: null,
    costPicoUsd: '4500000000',
    ...fields,
  });
  await ledger.write([toEventRecord(event)]);
  return event;
}

const unpriced = { costPicoUsd: null, unpriced: true, priceInput: null, priceOutput: null };

async function setPrice(input: string, output: string, effectiveFrom: string, more: object = {}) {
  const price = { model: MODEL, scope: 'in_region', tenant_id: tenantId, input, output, effective_from: effectiveFrom };
  const answer = await gateway.call('PUT', '/admin/v1/prices', { body: { data: [{ ...price, ...more }] } });
  expect(answer.status).toBe(200);
}

async function rerate(more: object = {}, headers: Record<string, string> = {}) {
  const answer = await gateway.call('POST', '/admin/v1/rerate', {
    body: { ...RANGE, tenant_id: tenantId, ...more },
    headers,
  });
  expect(answer.status).toBe(200);
  return answer.body;
}

const events = () =>
  gateway.prisma.usageEvent.findMany({ where: { tenantId }, orderBy: [{ attempt: 'desc' }, { occurredAt: 'asc' }] });

async function report(from = RANGE.from, to = RANGE.to) {
  const { body } = await gateway.call(
    'GET',
    `/admin/v1/usage?from=${from}&to=${to}&group_by=model,outcome&tenant_id=${tenantId}`,
  );
  return body.data;
}

/** Rollups must be what the events add up to, at every moment. */
async function expectRollupsToAddUp() {
  await gateway.prisma.$executeRawUnsafe(FOLD_ALL);
  const rows = await gateway.prisma.$queryRaw`
    (SELECT * FROM usage_hourly EXCEPT SELECT * FROM usage_hourly_of_events)
    UNION ALL (SELECT * FROM usage_hourly_of_events EXCEPT SELECT * FROM usage_hourly)`;
  expect(rows).toEqual([]);
}

describe('POST /admin/v1/rerate', () => {
  it('tells the difference first, writes it as events of their own then, and does nothing when repeated', async () => {
    const original = await write();
    await setPrice('2', '10', '2026-05-01');
    const dry = await rerate();
    expect(dry).toMatchObject({
      dry_run: true,
      events: 1,
      changed: 1,
      priced: 0,
      unrated: 0,
      difference_usd: '-0.0015',
    });
    expect(await events()).toHaveLength(1);
    const done = await rerate({ dry_run: false });
    expect(done.data).toEqual([
      {
        tenant_id: tenantId,
        model: MODEL,
        changed: 1,
        priced: 0,
        cost_before_usd: '0.0045',
        cost_after_usd: '0.003',
        difference_usd: '-0.0015',
      },
    ]);
    const [first, adjustment] = await events();
    expect(first).toMatchObject({ id: original.id, costPicoUsd: 4_500_000_000n, priceInput: 3_000_000n });
    expect(adjustment).toMatchObject({
      adjusts: original.id,
      belongsAt: null,
      attempt: 0,
      costPicoUsd: -1_500_000_000n,
      priceInput: 2_000_000n,
      inputTokens: null,
      requestId: original.requestId,
      keyId: original.keyId,
      outcome: 'success',
      occurredAt: new Date(original.occurredAt),
    });
    expect(await report()).toMatchObject([{ requests: 1, attempts: 1, input_tokens: 1000, cost_usd: '0.003' }]);
    await expectRollupsToAddUp();
    expect(await rerate({ dry_run: false })).toMatchObject({ events: 1, changed: 0, difference_usd: '0' });
    expect(await events()).toHaveLength(2);
    await setPrice('4', '10', '2026-05-02');
    expect(await rerate({ dry_run: false })).toMatchObject({ changed: 1, difference_usd: '0.002' });
    expect(await report()).toMatchObject([{ attempts: 1, cost_usd: '0.005' }]);
  });

  it('gives a price to what had none, and leaves alone what cannot be rated', async () => {
    await write(unpriced);
    await write({ ...unpriced, inputTokens: null, outputTokens: null, usageReported: false, outcome: 'truncated' });
    await write({ model: 'acme.unknown', costPicoUsd: null, unpriced: true });
    await setPrice('3', '15', '2026-01-01');
    expect(await rerate({ dry_run: false })).toMatchObject({ events: 3, changed: 1, priced: 1, unrated: 2 });
    const success = (await report()).filter(({ outcome }: { outcome: string }) => outcome === 'success');
    const sums = success.map((row: Record<string, unknown>) => [
      row['attempts'],
      row['unpriced_attempts'],
      row['cost_usd'],
    ]);
    expect(sums).toEqual([[2, 1, '0.0045']]);
    await expectRollupsToAddUp();
  });

  it('rates units, and takes only the tenant and the model that it is told', async () => {
    const tokenless = { inputTokens: null, outputTokens: null };
    await write({ ...unpriced, ...tokenless, operation: 'rerank', unitKind: 'query', unitCount: 3 });
    await write({ model: 'acme.small' });
    const data = [
      { model: MODEL, scope: 'in_region', tenant_id: tenantId, per_query: '0.002', effective_from: '2026-01-01' },
    ];
    await gateway.call('PUT', '/admin/v1/prices', { body: { data } });
    expect(await rerate({ tenant_id: 'ten_nobody' })).toMatchObject({ events: 0 });
    expect(await rerate({ model: MODEL, dry_run: false })).toMatchObject({
      events: 1,
      priced: 1,
      difference_usd: '0.006',
    });
  });

  it('corrects what budgets have spent, in the same transaction', async () => {
    const budget = { name: 'b', window: 'total', tenant_id: tenantId, limit_usd: '100' };
    expect((await gateway.call('POST', '/admin/v1/budgets', { body: budget })).body).toMatchObject(budget);
    await write();
    await setPrice('2', '10', '2026-05-01');
    await rerate({ dry_run: false });
    const { body } = await gateway.call('GET', '/admin/v1/budgets');
    expect(body.data).toMatchObject([{ spent_usd: '0.003', reserved_usd: '0' }]);
  });

  it('is audited, and an Idempotency-Key gets the first answer again', async () => {
    await write();
    await setPrice('2', '10', '2026-05-01');
    const headers = { 'idempotency-key': `rerate-${tenantId}` };
    const first = await rerate({ dry_run: false }, headers);
    expect(await rerate({ dry_run: false }, headers)).toEqual(first);
    expect(first.changed).toBe(1);
    const { body } = await gateway.call('GET', '/admin/v1/audit?action=usage.rerate');
    expect(body.data[0]).toMatchObject({
      tenant_id: tenantId,
      after: { events: 1, changed: [{ changed: 1, differenceUsd: '-0.0015' }] },
    });
  });

  it('is done once, however many ask for it at the same time', async () => {
    await write();
    await setPrice('2', '10', '2026-05-01');
    const all = await Promise.all([rerate({ dry_run: false }), rerate({ dry_run: false }), rerate({ dry_run: false })]);
    expect(all.map(({ changed }) => changed).toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
    expect(await events()).toHaveLength(2);
  });

  it.each([
    ['from', { from: '2026-06-02' }],
    ['to', { to: 'yesterday' }],
    ['dry_run', { dry_run: 'no' }],
    ['model', { model: `global.${MODEL}` }],
  ])('refuses a bad %s', async (param, fields) => {
    const { status, body } = await gateway.call('POST', '/admin/v1/rerate', { body: { ...RANGE, ...fields } });
    expect([status, body.error.param]).toEqual([400, param]);
  });
});

const lock = (month: string) => gateway.call('POST', `/admin/v1/months/${month}/lock`);
const unlock = (month: string, key = gateway.adminKey) =>
  gateway.call('DELETE', `/admin/v1/months/${month}/lock`, { key });

describe('a re-rating of many events', () => {
  it('writes them in one statement, so that what it locks is locked once and for a moment', async () => {
    const many = Array.from({ length: 2_100 }, (_, n) =>
      usageEvent({
        tenantId,
        model: MODEL,
        scope: 'in_region',
        occurredAt: `2026-05-1${n % 10}T10:15:00.000Z`,
        inputTokens: 1000,
        outputTokens: 100,
        cacheReadTokens: null,
        cacheWrite5mTokens: null,
        costPicoUsd: '4500000000',
      }),
    );
    await ledger.write(many.map(toEventRecord));
    await setPrice('2', '10', '2026-05-01');
    await gateway.prisma.$executeRaw`CREATE TABLE adjusting_statements (events integer)`;
    await gateway.prisma.$executeRaw`
      CREATE FUNCTION count_adjusting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO adjusting_statements SELECT count(*) FROM new_events WHERE adjusts IS NOT NULL; RETURN NULL; END $$`;
    await gateway.prisma.$executeRaw`
      CREATE TRIGGER count_adjusting AFTER INSERT ON usage_events REFERENCING NEW TABLE AS new_events
        FOR EACH STATEMENT EXECUTE FUNCTION count_adjusting()`;
    expect(await rerate({ dry_run: false })).toMatchObject({ changed: 2_100 });
    expect(await gateway.prisma.$queryRaw`SELECT * FROM adjusting_statements`).toEqual([{ events: 2_100 }]);
    await gateway.prisma.$executeRaw`DROP TRIGGER count_adjusting ON usage_events`;
    await expectRollupsToAddUp();
  });
});

describe('/admin/v1/months', () => {
  const may = { from: '2026-05-01', to: '2026-06-01' };

  afterEach(async () => {
    for (const month of ['2026-05', '2026-04']) await unlock(month);
  });

  it('locks a month that is over, once, and lists it', async () => {
    const { status, body } = await lock('2026-05');
    expect([status, body]).toMatchObject([200, { object: 'month', month: '2026-05', late_events: 0, adjustments: 0 }]);
    expect((await lock('2026-05')).body.locked_at).toBe((await lock('2026-05')).body.locked_at);
    const { body: list } = await gateway.call('GET', '/admin/v1/months');
    expect(list.data).toMatchObject([{ month: '2026-05', locked_by: expect.any(String) }]);
    const { body: audit } = await gateway.call('GET', '/admin/v1/audit?action=month.lock');
    expect(audit.data[0]).toMatchObject({ resource: { id: '2026-05' }, after: { locked: true } });
  });

  it('is locked once by several at the same time, also a month that nothing was used in', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => lock('2019-03')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { body: audit } = await gateway.call('GET', '/admin/v1/audit?action=month.lock&resource_id=2019-03');
    expect(audit.data).toHaveLength(1);
    await unlock('2019-03');
  });

  it.each([
    ['2999-01', 400, undefined],
    ['2026-13', 400, 'month'],
    ['may', 400, 'month'],
    [new Date().toISOString().slice(0, 7), 400, 'month'],
  ])('refuses to lock %s', async (month, expected, param) => {
    const { status, body } = await lock(month);
    expect(status).toBe(expected);
    expect(body.error.param).toBe(param ?? 'month');
  });

  it('is opened again by an owner only', async () => {
    await lock('2026-05');
    const { body: admin } = await gateway.call('POST', '/admin/v1/admin-keys', { body: { name: 'a', role: 'admin' } });
    expect((await unlock('2026-05', admin.key)).status).toBe(403);
    expect((await unlock('2026-05')).status).toBe(204);
    expect((await unlock('2026-05')).status).toBe(404);
  });

  it('refuses in the database to change the month, by whatever way', async () => {
    const event = await write();
    await lock('2026-05');
    const { prisma } = gateway;
    const refused = 'locked';
    await expect(
      prisma.$executeRaw`UPDATE usage_events SET cost_pico_usd = 0 WHERE id = ${event.id}::uuid`,
    ).rejects.toThrow(refused);
    await expect(prisma.$executeRaw`DELETE FROM usage_events WHERE id = ${event.id}::uuid`).rejects.toThrow(refused);
    await expect(prisma.$executeRaw`DELETE FROM usage_events_2026_05 WHERE id = ${event.id}::uuid`).rejects.toThrow(
      refused,
    );
    await expect(prisma.$executeRaw`TRUNCATE usage_events`).rejects.toThrow(refused);
    await expect(
      prisma.$executeRaw`INSERT INTO usage_events SELECT (jsonb_populate_record(e, '{"attempt": 9, "id": "00000000-0000-4000-8000-000000000000"}')).*
        FROM usage_events e WHERE id = ${event.id}::uuid`,
    ).rejects.toThrow(refused);
    await expect(
      prisma.$executeRaw`UPDATE usage_events SET occurred_at = '2026-07-01Z' WHERE id = ${event.id}::uuid`,
    ).rejects.toThrow(refused);
    await write({ occurredAt: '2026-04-10T00:00:00.000Z' });
    await expect(
      prisma.$executeRaw`UPDATE usage_events SET occurred_at = '2026-05-02Z' WHERE tenant_id = ${tenantId} AND occurred_at < '2026-05-01Z'`,
    ).rejects.toThrow(refused);
    expect((await events()).filter(({ occurredAt }) => occurredAt >= new Date('2026-05-01Z'))).toHaveLength(1);
  });

  it('puts a late event into the current month, once, with a reference', async () => {
    await lock('2026-05');
    const event = await write();
    await ledger.write([toEventRecord(event)]);
    const [late, ...others] = await events();
    expect(others).toEqual([]);
    expect(late).toMatchObject({ id: event.id, attempt: 1, belongsAt: new Date(event.occurredAt) });
    expect(late!.occurredAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(await report(may.from, may.to)).toEqual([]);
    const { body } = await gateway.call('GET', '/admin/v1/months');
    expect(body.data[0].late_events).toBeGreaterThan(0);
    await expectRollupsToAddUp();
  });

  it('takes the events of a month that was locked before they are replayed as they are, when they are in it', async () => {
    const event = await write();
    await lock('2026-05');
    await ledger.write([toEventRecord(event), toEventRecord(usageEvent({ tenantId, attempt: 2 }))]);
    expect(await events()).toHaveLength(2);
    expect((await events()).every(({ belongsAt }) => belongsAt === null)).toBe(true);
  });

  it('tells who locks it again of what came late before', async () => {
    await lock('2026-04');
    await write({ occurredAt: '2026-04-10T10:15:00.000Z' });
    await unlock('2026-04');
    const { body } = await lock('2026-04');
    expect(body).toMatchObject({ late_events: 1 });
    const { body: list } = await gateway.call('GET', '/admin/v1/months');
    expect(list.data).toEqual([body]);
  });

  it('sweeps what a dead process left open in it into the current month', async () => {
    const open = openUsageEvent({ tenantId, model: MODEL, occurredAt: '2026-05-20T00:00:00.000Z' });
    await gateway.prisma.usageIntent.create({
      data: { tenantId, id: open.id, occurredAt: open.occurredAt, writerId: open.id, event: { ...open } as never },
    });
    await lock('2026-05');
    expect(await ledger.sweep()).toBe(1);
    expect(await events()).toMatchObject([{ id: open.id, outcome: 'lost', belongsAt: new Date(open.occurredAt) }]);
  });

  it('adjusts a lost event of it by the report of its own writer, once', async () => {
    const lost = { outcome: 'lost' as const, ...unpriced, inputTokens: null, outputTokens: null, usageReported: false };
    const event = await write({ ...lost, estimated: true });
    await lock('2026-05');
    const { id } = event;
    const told = { ...event, outcome: 'success' as const, inputTokens: 5, costPicoUsd: '700', unpriced: false };
    await ledger.write([toEventRecord(told)]);
    await ledger.write([toEventRecord(told)]);
    const [original, adjustment, ...others] = await events();
    expect(others).toEqual([]);
    expect(original).toMatchObject({ id, outcome: 'lost', unpriced: true });
    expect(adjustment).toMatchObject({
      adjusts: id,
      attempt: 0,
      inputTokens: 5,
      costPicoUsd: 700n,
      belongsAt: new Date(event.occurredAt),
    });
    await expectRollupsToAddUp();
  });

  it('re-rates its events by adjustments of the current month', async () => {
    const event = await write();
    await lock('2026-05');
    await setPrice('2', '10', '2026-05-01');
    expect(await rerate({ dry_run: false })).toMatchObject({ changed: 1, landed_in_current_month: 1 });
    const [, adjustment] = await events();
    expect(adjustment).toMatchObject({
      adjusts: event.id,
      belongsAt: new Date(event.occurredAt),
      costPicoUsd: -1_500_000_000n,
    });
    expect(adjustment!.occurredAt.getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(await report()).toMatchObject([{ cost_usd: '0.0045' }]);
    expect(await rerate({ dry_run: false })).toMatchObject({ changed: 0 });
    await expectRollupsToAddUp();
  });

  it('shows an adjustment that costs nothing as a group, as the totals of any page count it', async () => {
    const from = new Date(Date.now() - 3_600_000).toISOString();
    await write(unpriced);
    await lock('2026-05');
    await setPrice('0', '0', '2026-05-01');
    expect(await rerate({ dry_run: false })).toMatchObject({ priced: 1, landed_in_current_month: 1 });
    const url = `/admin/v1/usage?from=${from}&group_by=key,model&tenant_id=${tenantId}`;
    const { body: whole } = await gateway.call('GET', url);
    const after = Buffer.from(JSON.stringify(['', ''])).toString('base64url');
    const { body: rest } = await gateway.call('GET', `${url}&after=${after}`);
    expect(whole.data).toMatchObject([{ attempts: 0, cost_usd: '0', unpriced_attempts: -1 }]);
    expect(whole.totals).toEqual(rest.totals);
  });

  it('re-rates a late event by the prices of the moment that it belongs to', async () => {
    const now = Date.now();
    const range = { from: new Date(now - 3_600_000).toISOString(), to: new Date(now + 3_600_000).toISOString() };
    await lock('2026-05');
    const event = await write();
    await setPrice('2', '10', '2026-05-01');
    await setPrice('9', '90', '2026-06-01');
    expect(await rerate(range)).toMatchObject({ changed: 1, difference_usd: '-0.0015' });
    await rerate({ ...range, dry_run: false });
    const [late, adjustment] = await events();
    expect(adjustment).toMatchObject({ adjusts: event.id, occurredAt: late!.occurredAt, costPicoUsd: -1_500_000_000n });
    expect(await report(range.from, range.to)).toMatchObject([{ attempts: 1, cost_usd: '0.003' }]);
    expect(await rerate({ ...range, dry_run: false })).toMatchObject({ changed: 0 });
    await expectRollupsToAddUp();
  });

  it('lets retention delete what it has announced, and keeps the sums', async () => {
    await write();
    await lock('2026-05');
    await gateway.prisma.$executeRaw`INSERT INTO usage_horizons VALUES (${tenantId}, '2026-06-01Z')`;
    expect(await gateway.prisma.$executeRaw`DELETE FROM usage_events WHERE tenant_id = ${tenantId}`).toBe(1);
    expect(await report()).toMatchObject([{ cost_usd: '0.0045' }]);
    await gateway.prisma.$executeRaw`DELETE FROM usage_horizons WHERE tenant_id = ${tenantId}`;
    await gateway.prisma.$executeRawUnsafe(FOLD_ALL);
    await gateway.prisma.$executeRaw`DELETE FROM usage_hourly WHERE tenant_id = ${tenantId}`;
  });

  it('sends a writer elsewhere that began before the lock', async () => {
    const other = new LedgerStore(gateway.database.url);
    try {
      const writes = Array.from({ length: 30 }, (_, attempt) =>
        other.write([
          toEventRecord(usageEvent({ tenantId, attempt: attempt + 1, occurredAt: '2026-04-03T00:00:00.000Z' })),
        ]),
      );
      await Promise.all([...writes, lock('2026-04')]);
      const all = await events();
      expect(all).toHaveLength(30);
      for (const { occurredAt, belongsAt } of all) {
        expect(belongsAt === null ? occurredAt : belongsAt).toEqual(new Date('2026-04-03Z'));
      }
    } finally {
      await other.close();
    }
    await expectRollupsToAddUp();
  });
});
