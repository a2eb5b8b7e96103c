import { Client } from 'pg';
import { UsageLedger } from '../../src/billing/metering/usage-ledger.js';
import { coverRanges } from '../../src/billing/reports/range-cover.js';
import { UsageReportRepository } from '../../src/billing/reports/usage-report.repository.js';
import { PriceBook } from '../../src/billing/pricing/price-book.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { FOLD_ALL } from '../support/fold.js';
import { usageEvent } from '../support/usage-samples.js';

let gateway: AccessApp;
let sql: Client;

/** Sonnet over the global profile: 1000 prompt tokens and 100 of answer are 4,500 millionths of a dollar. */
const CALL = { inputTokens: 1_000, outputTokens: 100, costPicoUsd: '4500000000' };
const BLUE = { tenantId: 'ten_blue', tenantName: 'Blue', keyId: 'key_b', keyName: 'ci' };
const RED = { tenantId: 'ten_red', tenantName: '=Red', keyId: 'key_r', keyName: 'ci' };
const RANGE = 'from=2026-05-01&to=2026-05-03T12:30:00Z';

const at = (time: string) => ({ occurredAt: `2026-05-${time}:00.000Z` });

const ofRed = async (range: string) =>
  (await gateway.call('GET', `/admin/v1/usage?${range}&tenant_id=ten_red&group_by=key`)).body.data;

const getExport = (query: string) =>
  fetch(`${gateway.baseUrl}/admin/v1/usage?from=2026-02-01&to=2026-02-03&format=csv&${query}`, {
    headers: { authorization: `Bearer ${gateway.adminKey}` },
  });

const statusOf = async (query: string) => {
  const response = await getExport(query);
  await response.text();
  return response.status;
};

/** The groups of a report, read as a whole and in pages of one. */
async function readBothWays(query: string): Promise<Record<'whole' | 'paged', { attempts: number }[]>> {
  const { body: whole } = await gateway.call('GET', query);
  const paged = [];
  let after = '';
  do {
    const { body } = await gateway.call('GET', `${query}&limit=1${after && `&after=${after}`}`);
    paged.push(...body.data);
    expect(body.totals).toEqual(whole.totals);
    after = body.next_cursor ?? '';
  } while (after !== '');
  return { whole: whole.data, paged };
}

beforeAll(async () => {
  gateway = await startAccessApp();
  sql = new Client({ connectionString: gateway.database.url });
  await sql.connect();
  const ledger = gateway.app.get(UsageLedger);
  await Promise.all(
    [
      usageEvent({ ...BLUE, ...CALL, ...at('01T00:00') }),
      usageEvent({ ...BLUE, ...CALL, ...at('01T22:30'), attempt: 2, outcome: 'client_gone' }),
      usageEvent({ ...BLUE, ...CALL, ...at('03T12:10'), tenantName: 'Blue (new name)' }),
      usageEvent({ ...BLUE, ...CALL, ...at('03T12:30') }),
      usageEvent({
        ...RED,
        ...at('02T07:00'),
        inputTokens: null,
        outputTokens: null,
        usageReported: false,
        outcome: 'truncated',
        costPicoUsd: null,
        unpriced: true,
      }),
      usageEvent({ ...RED, ...at('02T07:00'), costPicoUsd: '1' }),
    ].map((event) => ledger.settle(event)),
  );
});

afterAll(async () => {
  await sql.end();
  await gateway.close();
});

describe('GET /admin/v1/usage', () => {
  it('says the same of a whole year as of the one month that was used', async () => {
    const year = await ofRed('from=2026-01-01&to=2027-01-01');
    expect(year).toMatchObject([{ key_id: 'key_r', attempts: 2, cost_usd: '0.000000000001' }]);
    expect(year).toEqual(await ofRed('from=2026-05-01&to=2026-06-01'));
  });

  it('sums by tenant and model over the range, whose end is not part of it', async () => {
    const { status, body } = await gateway.call('GET', `/admin/v1/usage?${RANGE}&group_by=tenant,model`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: 'list',
      data: [
        {
          tenant_id: 'ten_blue',
          tenant_name: 'Blue (new name)',
          model: 'global.anthropic.claude-sonnet-4-6',
          requests: 2,
          attempts: 3,
          errors: 0,
          input_tokens: 3_000,
          output_tokens: 300,
          cost_usd: '0.0135',
          attempts_without_usage: 0,
        },
        {
          tenant_id: 'ten_red',
          attempts: 2,
          errors: 1,
          attempts_without_usage: 1,
          unpriced_attempts: 1,
          cost_usd: '0.000000000001',
        },
      ],
      totals: { attempts: 5, input_tokens: 3_012, cost_usd: '0.013500000001' },
      has_more: false,
    });
  });

  it.each([
    ['UTC', ['2026-05-01', '2026-05-02', '2026-05-03']],
    ['Europe/Berlin', ['2026-05-01', '2026-05-02', '2026-05-03']],
    ['America/Los_Angeles', ['2026-04-30', '2026-05-01', '2026-05-02', '2026-05-03']],
    ['Asia/Kolkata', ['2026-05-01', '2026-05-02', '2026-05-03']],
  ])('buckets by the day of %s', async (zone, days) => {
    const { body } = await gateway.call('GET', `/admin/v1/usage?${RANGE}&group_by=day&time_zone=${zone}`);
    expect(body.data.map((row: { day: string }) => row.day)).toEqual(days);
  });

  it.each(['tenant', 'key,model', 'family,region', 'operation,outcome', 'hour', 'month,tenant', 'tag:team,day'])(
    'answers the same by %s from rollups as from events',
    async (dimensions) => {
      const ranges = [RANGE, 'from=2026-04-30T22:30:00Z&to=2026-05-03T12:10:01Z'];
      const zones = ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns'];
      for (const range of ranges.flatMap((each) => zones.map((zone) => `${each}&time_zone=${zone}`))) {
        const query = `/admin/v1/usage?${range}&group_by=${dimensions}`;
        const fromRollups = await gateway.call('GET', query);
        // Grouping by the requested model as well asks the events alone; all events of the test share it.
        const fromEvents = await gateway.call('GET', `${query},requested_model`);
        const shared = fromRollups.body.data.map((row: object) => ({ ...row, requested_model: 'gpt-4o' }));
        expect(shared.length).toBeGreaterThan(0);
        expect(fromEvents.body.data).toEqual(shared);
        expect(fromEvents.body.totals).toEqual(fromRollups.body.totals);
      }
    },
  );

  it.each([
    'tenant,day',
    'day,tenant',
    'month,tenant',
    'hour,tenant',
    'minute,tenant',
    'day,hour,key',
    'tag:team,day,tenant',
  ])('pages by %s in one order, each group once', async (dimensions) => {
    const range = dimensions.includes('minute') ? 'from=2026-05-02T13:00:00Z&to=2026-05-03T12:30:00Z' : RANGE;
    for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York']) {
      const query = `/admin/v1/usage?${range}&group_by=${dimensions}&time_zone=${zone}`;
      const { whole, paged } = await readBothWays(query);
      expect(whole.length).toBeGreaterThan(0);
      expect(paged).toEqual(whole);
    }
  });

  it.each([
    [
      'Atlantic/Azores',
      'from=2025-10-24&to=2025-10-28',
      'day',
      ['2025-10-25T23:30', '2025-10-26T00:30', '2025-10-26T01:30'],
    ],
    [
      'America/Havana',
      'from=2026-10-30&to=2026-11-03',
      'month',
      ['2026-11-01T03:30', '2026-11-01T04:30', '2026-11-01T05:30'],
    ],
  ])('pages by the buckets of %s, whose clock is set back at midnight', async (zone, range, bucket, times) => {
    const ledger = gateway.app.get(UsageLedger);
    const events = times.flatMap((time) =>
      [BLUE, RED].map((tenant) => usageEvent({ ...tenant, ...CALL, occurredAt: `${time}:00.000Z` })),
    );
    await Promise.all(events.map((event) => ledger.settle(event)));
    const { whole, paged } = await readBothWays(`/admin/v1/usage?${range}&group_by=${bucket},tenant&time_zone=${zone}`);
    expect(whole.map(({ attempts }) => attempts)).toEqual([1, 1, 2, 2]);
    expect(paged).toEqual(whole);
  });

  it('pages by cursor, with totals over everything', async () => {
    const query = `/admin/v1/usage?${RANGE}&group_by=tenant,day&limit=2`;
    const first = await gateway.call('GET', query);
    expect(first.body).toMatchObject({ has_more: true, totals: { attempts: 5 } });
    const second = await gateway.call('GET', `${query}&after=${first.body.next_cursor}`);
    expect(second.body).toMatchObject({ has_more: false, next_cursor: null, totals: { attempts: 5 } });
    expect([...first.body.data, ...second.body.data].map((row) => [row.tenant_id, row.day])).toEqual([
      ['ten_blue', '2026-05-01'],
      ['ten_blue', '2026-05-03'],
      ['ten_red', '2026-05-02'],
    ]);
  });

  it('filters', async () => {
    const { body } = await gateway.call('GET', `/admin/v1/usage?${RANGE}&tenant_id=ten_blue&outcome=client_gone`);
    expect(body.totals.attempts).toBe(1);
  });

  it('shows a tenant admin nothing of other tenants', async () => {
    const { body: key } = await gateway.call('POST', '/admin/v1/admin-keys', {
      body: { name: 'lead', role: 'tenant_admin', tenant_ids: [gateway.tenantId] },
    });
    const { status, body } = await gateway.call('GET', `/admin/v1/usage?${RANGE}&tenant_id=ten_blue`, { key: key.key });
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: [], totals: { attempts: 0 } });
  });

  it.each([
    ['from', 'from=yesterday'],
    ['from', 'from=2026-06-01&to=2026-05-01'],
    ['group_by', 'group_by=colour'],
    ['time_zone', 'time_zone=Mars'],
    ['limit', 'limit=0'],
    ['after', 'after=garbage'],
    ['tag', 'tag=team'],
    ['groupby', 'groupby=tenant'],
  ])('refuses a bad %s and names it: %s', async (param, query) => {
    const { status, body } = await gateway.call('GET', `/admin/v1/usage?${query}`);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ type: 'invalid_request_error', param });
  });
});

describe('GET /admin/v1/costs', () => {
  it('is exact, and counts what has no price apart', async () => {
    const { body } = await gateway.call('GET', `/admin/v1/costs?${RANGE}&group_by=tenant`);
    expect(body.data).toEqual([
      {
        tenant_id: 'ten_blue',
        tenant_name: 'Blue (new name)',
        requests: 2,
        attempts: 3,
        cost_usd: '0.0135',
        currency: 'usd',
        unpriced_attempts: 0,
        estimated_attempts: 0,
      },
      {
        tenant_id: 'ten_red',
        tenant_name: '=Red',
        requests: 2,
        attempts: 2,
        cost_usd: '0.000000000001',
        currency: 'usd',
        unpriced_attempts: 1,
        estimated_attempts: 0,
      },
    ]);
  });

  it.each([
    [
      'csv',
      'text/csv; charset=utf-8; header=present',
      'tenant_id,tenant_name,requests,attempts,cost_usd,currency,unpriced_attempts,estimated_attempts\r\n' +
        "ten_blue,Blue (new name),2,3,0.0135,usd,0,0\r\nten_red,'=Red,2,2,0.000000000001,usd,1,0\r\n",
    ],
    [
      'ndjson',
      'application/x-ndjson',
      '{"tenant_id":"ten_blue","tenant_name":"Blue (new name)","requests":2,"attempts":3,"cost_usd":"0.0135","currency":"usd","unpriced_attempts":0,"estimated_attempts":0}\n' +
        '{"tenant_id":"ten_red","tenant_name":"=Red","requests":2,"attempts":2,"cost_usd":"0.000000000001","currency":"usd","unpriced_attempts":1,"estimated_attempts":0}\n',
    ],
  ])('is exported as %s, without formulas in cells', async (format, contentType, expected) => {
    const response = await fetch(`${gateway.baseUrl}/admin/v1/costs?${RANGE}&group_by=tenant&format=${format}`, {
      headers: { authorization: `Bearer ${gateway.adminKey}` },
    });
    expect(response.headers.get('content-type')).toBe(contentType);
    expect(await response.text()).toBe(expected);
  });
});

it.each(['usage', 'costs'])('an export of %s without groups has their header all the same', async (kind) => {
  const headerOf = async (range: string) => {
    const response = await fetch(
      `${gateway.baseUrl}/admin/v1/${kind}?${range}&group_by=tenant,model,tag:team,day&format=csv`,
      { headers: { authorization: `Bearer ${gateway.adminKey}` } },
    );
    return (await response.text()).split('\r\n').slice(0, 1);
  };
  const used = await headerOf(RANGE);
  expect(used[0]).toContain('tenant_id,tenant_name,model,tag:team,day,requests');
  expect(await headerOf('from=2019-01-01&to=2019-02-01')).toEqual(used);
});

describe('an export of more groups than its first page', () => {
  const KEYS = 1_200;

  beforeAll(async () => {
    const ledger = gateway.app.get(UsageLedger);
    const events = Array.from({ length: KEYS }, (_, n) =>
      usageEvent({ tenantId: 'ten_many', occurredAt: `2026-02-0${1 + (n % 2)}T10:00:00.000Z`, keyId: `key_${n}` }),
    );
    await Promise.all(events.map((event) => ledger.settle(event)));
  });

  it.each(['key', 'key,day', 'tag:team,key'])('holds each once by %s, in the order of the list', async (dimensions) => {
    const path = `/admin/v1/usage?from=2026-02-01&to=2026-02-03&group_by=${dimensions}`;
    const { body } = await gateway.call('GET', `${path}&limit=10000`);
    expect(body.data).toHaveLength(KEYS);
    const response = await fetch(`${gateway.baseUrl}${path}&format=ndjson`, {
      headers: { authorization: `Bearer ${gateway.adminKey}` },
    });
    const lines = (await response.text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(body.data);
  });

  describe('an export that cannot be had', () => {
    it('is a 400 that names the field, as a page of it', async () => {
      await sql.query("INSERT INTO usage_horizons VALUES ('ten_gone', '2026-02-02')");
      for (const query of ['tenant_id=ten_gone&group_by=end_user', 'group_by=requested_model']) {
        const response = await getExport(query);
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ error: { param: 'from', type: 'invalid_request_error' } });
      }
    });

    it('is a 503 while too many others take a connection of the database each, and is had afterwards', async () => {
      const repository = gateway.app.get(UsageReportRepository);
      const query = {
        groupBy: ['key' as const],
        filters: {},
        buckets: {},
        grain: 'event' as const,
        hasBuckets: false,
        cover: coverRanges([{ from: new Date('2026-02-01'), to: new Date('2026-02-03') }], []),
      };
      const slow = Array.from({ length: 5 }, () => repository.readGroups(null, query, null, { first: 1, others: 1 }));
      for (const reading of slow) expect((await reading.next()).value).toHaveLength(1);
      const refused = await getExport('group_by=key');
      expect(await refused.json()).toMatchObject({ error: { code: 'service_unavailable' } });
      expect(refused.headers.get('retry-after')).toBe('10');
      expect(await statusOf('group_by=tenant,key')).toBe(200);
      for (const reading of slow) await reading.return(undefined);
      expect(await statusOf('group_by=key')).toBe(200);
    });
  });
});

describe('the rollups', () => {
  const DIFFERENCES = `
    (SELECT * FROM usage_hourly EXCEPT SELECT * FROM usage_hourly_of_events)
    UNION ALL (SELECT * FROM usage_hourly_of_events EXCEPT SELECT * FROM usage_hourly)`;

  it('are the sums of the events, also after a lost event was replaced', async () => {
    const ledger = gateway.app.get(UsageLedger);
    const lost = usageEvent({
      occurredAt: '2026-04-01T10:00:00.000Z',
      outcome: 'lost',
      costPicoUsd: null,
      unpriced: true,
    });
    await ledger.settle(lost);
    await ledger.settle({ ...lost, outcome: 'success', costPicoUsd: '7', unpriced: false });
    await sql.query(FOLD_ALL);
    expect((await sql.query(DIFFERENCES)).rows).toEqual([]);
    const { rows } = await sql.query(
      `SELECT outcome, cost_pico_usd FROM usage_series s JOIN (
         SELECT tenant_id, series_id, cost_pico_usd FROM usage_hourly WHERE hour = '2026-04-01 10:00Z'
         UNION ALL SELECT tenant_id, series_id, cost_pico_usd FROM usage_daily WHERE day = '2026-04-01'
         UNION ALL SELECT tenant_id, series_id, cost_pico_usd FROM usage_monthly WHERE month = '2026-04-01'
         UNION ALL SELECT tenant_id, series_id, cost_pico_usd FROM usage_yearly WHERE year = '2026-01-01'
       ) r ON r.tenant_id = s.tenant_id AND r.series_id = s.id WHERE s.tenant_id = $1`,
      [lost.tenantId],
    );
    expect(rows).toEqual(Array.from({ length: 4 }, () => ({ outcome: 'success', cost_pico_usd: '7' })));
  });
});

describe('/admin/v1/prices', () => {
  const price = { model: 'acme.large', scope: 'in_region', input: '0.00875', output: 2 };

  it('takes a price that holds from then on, and shows it beside the list', async () => {
    const put = await gateway.call('PUT', '/admin/v1/prices', { body: { data: [price] } });
    expect(put.status).toBe(200);
    const { body } = await gateway.call('GET', '/admin/v1/prices?model=acme.large');
    expect(body.data).toMatchObject([
      { model: 'acme.large', input: '0.00875', output: '2', cache_read: null, region: null },
    ]);
    const found = gateway.app.get(PriceBook).find({
      model: 'acme.large',
      scope: 'in_region',
      tier: 'standard',
      tenantId: 'ten_1',
      region: 'us-east-1',
      promptTokens: 1,
      at: new Date(Date.now() + 1_000),
    });
    expect(found?.unit.input).toBe(8_750n);
    expect(gateway.app.get(PriceBook).list({ limit: 1_000 })?.items.length).toBeGreaterThan(300);
  });

  it('takes prices of units, for one tenant too, and rates by them', async () => {
    const { tenantId } = gateway;
    const guardrail = { model: 'gr-policy', scope: 'in_region', per_text_unit: '0.00015' };
    const data = [guardrail, { ...guardrail, tenant_id: tenantId, per_text_unit: '0.0001', per_request: 1 }];
    const put = await gateway.call('PUT', '/admin/v1/prices', { body: { data } });
    expect(put.status).toBe(200);
    const { body } = await gateway.call('GET', '/admin/v1/prices?model=gr-policy');
    expect(body.data).toMatchObject([
      { tenant_id: null, input: null, output: null, per_text_unit: '0.00015', per_request: null },
      { tenant_id: tenantId, per_text_unit: '0.0001', per_request: '1' },
    ]);
    const question = { ...guardrail, tier: 'standard', region: 'us-east-1', at: new Date(Date.now() + 1_000) };
    const book = gateway.app.get(PriceBook);
    expect(book.findUnit({ ...question, tenantId }, 'text_unit')).toBe(100_000_000n);
    expect(book.findUnit({ ...question, tenantId: 'ten_other' }, 'text_unit')).toBe(150_000_000n);
    const { body: list } = await gateway.call('GET', '/admin/v1/prices?model=cohere.rerank-v3-5:0');
    expect(list.data).toMatchObject([{ per_query: '0.002', input: null, source: 'list of 2026-11-22' }]);
  });

  it('never changes a price that was set, and takes all of a request or nothing', async () => {
    const first = { ...price, model: 'acme.small', effective_from: '2026-07-01' };
    expect((await gateway.call('PUT', '/admin/v1/prices', { body: { data: [first] } })).status).toBe(200);
    const other = { ...first, effective_from: '2026-08-01' };
    const { status, body } = await gateway.call('PUT', '/admin/v1/prices', {
      body: { data: [other, { ...first, input: '9' }] },
    });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ param: 'data[1]', code: 'price_exists' });
    const { body: list } = await gateway.call('GET', '/admin/v1/prices?model=acme.small');
    expect(list.data).toHaveLength(1);
  });

  it('tells one of two who set the same prices in another order that the other was first', async () => {
    const from = { ...price, effective_from: '2026-09-01' };
    const data = Array.from({ length: 40 }, (_, n) => ({ ...from, model: `acme.contested-${n}` }));
    const answers = await Promise.all(
      [data, data.toReversed()].map((each) => gateway.call('PUT', '/admin/v1/prices', { body: { data: each } })),
    );
    expect(new Set(answers.map(({ status, body }) => body.error?.code ?? status))).toEqual(
      new Set([200, 'price_exists']),
    );
  });

  it.each([
    ['data[0].input', { ...price, input: '-1' }],
    ['data[0].input', { ...price, input: '0.0000001' }],
    ['data[0].model', { ...price, model: 'us.acme.large', scope: 'us' }],
    ['data[0].scope', { ...price, scope: 'EU West' }],
    ['data[0].output', { model: 'x', scope: 'eu', input: '1' }],
    ['data[0].input', { model: 'x', scope: 'eu', cache_read: '1' }],
    ['data[0].input', { model: 'x', scope: 'eu' }],
    ['data[0].per_query', { model: 'x', scope: 'eu', per_query: '-1' }],
    ['data[0].above_tokens', { model: 'x', scope: 'eu', per_image: '1', above_tokens: 5 }],
  ])('refuses a bad %s: %j', async (param, body) => {
    const answer = await gateway.call('PUT', '/admin/v1/prices', { body: { data: [body] } });
    expect(answer.status).toBe(400);
    expect(answer.body.error.param).toBe(param);
  });
});
