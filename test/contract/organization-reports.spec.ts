import { OpenAI } from 'openai';
import { UsageLedger } from '../../src/billing/metering/usage-ledger.js';
import { DATA_PLANE_PREFIXES } from '../../src/common/http/prefixes.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { usageEvent } from '../support/usage-samples.js';

const MAY_1 = Date.UTC(2026, 4, 1) / 1_000;
const DAY = 86_400;
const BLUE = { tenantId: 'ten_blue', tenantName: 'Blue', keyId: 'key_b' };
const RED = { tenantId: 'ten_red', tenantName: 'Red', keyId: 'key_r' };
const CALL = {
  inputTokens: 1_000,
  outputTokens: 100,
  cacheReadTokens: 20,
  cacheWrite5mTokens: 3,
  costPicoUsd: '4500000000',
};
const SONNET = 'global.anthropic.claude-sonnet-4-6';
const at = (time: string) => ({ occurredAt: `2026-05-${time}:00.000Z` });

let gateway: AccessApp;
let client: OpenAI;

beforeAll(async () => {
  gateway = await startAccessApp();
  client = clientOf(gateway.adminKey);
  const ledger = gateway.app.get(UsageLedger);
  await Promise.all(
    [
      usageEvent({ ...BLUE, ...CALL, ...at('01T00:00'), endUser: 'alice' }),
      usageEvent({ ...BLUE, ...CALL, ...at('01T23:59'), attempt: 2, endUser: 'bob' }),
      usageEvent({ ...RED, ...CALL, ...at('01T12:00'), resolvedModel: 'amazon.nova-lite-v1:0' }),
      usageEvent({ ...BLUE, ...CALL, ...at('03T00:00'), endUser: 'alice' }),
      usageEvent({
        ...BLUE,
        ...at('01T10:00'),
        operation: 'embeddings',
        inputTokens: 7,
        outputTokens: null,
        costPicoUsd: '1',
      }),
      usageEvent({
        ...BLUE,
        ...at('01T10:00'),
        operation: 'moderation',
        inputTokens: null,
        outputTokens: null,
        costPicoUsd: '2',
      }),
    ].map((event) => ledger.settle(event)),
  );
});
afterAll(() => gateway.close());

function clientOf(adminKey: string, prefix = 'v1'): OpenAI {
  return new OpenAI({ apiKey: 'none', adminAPIKey: adminKey, baseURL: `${gateway.baseUrl}/${prefix}`, maxRetries: 0 });
}

/** A result of one kind with all names that it could be grouped by. */
const names = { project_id: null, user_id: null, api_key_id: null, model: null };
const completions = (calls: number, requests: number, fields: object = {}) => ({
  object: 'organization.usage.completions.result',
  input_tokens: calls * 1_023,
  input_uncached_tokens: calls * 1_000,
  input_cached_tokens: calls * 20,
  input_cache_write_tokens: calls * 3,
  input_audio_tokens: 0,
  output_tokens: calls * 100,
  output_audio_tokens: 0,
  num_model_requests: requests,
  batch: null,
  service_tier: null,
  ...names,
  ...fields,
});

describe.each(DATA_PLANE_PREFIXES)('GET /%s/organization/usage/completions', (prefix) => {
  it('answers buckets of days, also empty ones, to the official client', async () => {
    const page = await clientOf(gateway.adminKey, prefix).admin.organization.usage.completions({
      start_time: MAY_1,
      end_time: MAY_1 + 3 * DAY,
    });
    expect(page).toEqual({
      object: 'page',
      data: [
        { object: 'bucket', start_time: MAY_1, end_time: MAY_1 + DAY, results: [completions(3, 2)] },
        { object: 'bucket', start_time: MAY_1 + DAY, end_time: MAY_1 + 2 * DAY, results: [] },
        { object: 'bucket', start_time: MAY_1 + 2 * DAY, end_time: MAY_1 + 3 * DAY, results: [completions(1, 1)] },
      ],
      has_more: false,
      next_page: null,
    });
  });
});

describe('GET /v1/organization/usage/completions', () => {
  it('groups by several fields, and names those alone', async () => {
    const { data } = await client.admin.organization.usage.completions({
      start_time: MAY_1,
      end_time: MAY_1 + DAY,
      group_by: ['project_id', 'model', 'api_key_id'],
    });
    expect(data[0]?.results).toEqual([
      completions(2, 1, { project_id: 'ten_blue', model: SONNET, api_key_id: 'key_b' }),
      completions(1, 1, { project_id: 'ten_red', model: 'amazon.nova-lite-v1:0', api_key_id: 'key_r' }),
    ]);
  });

  it('filters by project, key, model and user', async () => {
    const range = { start_time: MAY_1, end_time: MAY_1 + DAY };
    const sums = async (query: object) => {
      const { data } = await client.admin.organization.usage.completions({ ...range, ...query });
      return data.flatMap(({ results }) => results);
    };
    expect(await sums({ project_ids: ['ten_red', 'ten_none'] })).toEqual([completions(1, 1)]);
    expect(await sums({ api_key_ids: ['key_b'] })).toEqual([completions(2, 1)]);
    expect(await sums({ models: [SONNET] })).toEqual([completions(2, 1)]);
    const ofBlue = { project_ids: ['ten_blue'], group_by: ['user_id'] };
    expect(await sums(ofBlue)).toEqual([
      completions(1, 1, { user_id: 'alice' }),
      completions(1, 0, { user_id: 'bob' }),
    ]);
    expect(await sums({ ...ofBlue, user_ids: ['bob'] })).toEqual([completions(1, 0, { user_id: 'bob' })]);
  });

  it('pages by buckets of an hour or a minute, cut at the ends of the range', async () => {
    const query = { start_time: MAY_1 + 1_800, end_time: MAY_1 + DAY - 59, bucket_width: '1h' as const, limit: 20 };
    const first = await client.admin.organization.usage.completions(query);
    expect(first.data).toHaveLength(20);
    expect(first.data[0]).toEqual({
      object: 'bucket',
      start_time: MAY_1 + 1_800,
      end_time: MAY_1 + 3_600,
      results: [],
    });
    expect(first.has_more).toBe(true);
    const second = await client.admin.organization.usage.completions({ ...query, page: first.next_page ?? '' });
    expect(second).toMatchObject({ has_more: false, next_page: null });
    expect(second.data).toHaveLength(4);
    expect(second.data[0]?.start_time).toBe(first.data.at(-1)?.end_time);
    expect(second.data.at(-1)).toMatchObject({ end_time: MAY_1 + DAY - 59, results: [{ num_model_requests: 0 }] });
    const minutes = await client.admin.organization.usage.completions({
      start_time: MAY_1 + DAY - 120,
      end_time: MAY_1 + DAY,
      bucket_width: '1m',
    });
    expect(minutes.data.map(({ results }) => results.length)).toEqual([0, 1]);
  });

  it('shows a tenant admin its own tenants alone', async () => {
    const { body: key } = await gateway.call('POST', '/admin/v1/admin-keys', {
      body: { name: 'lead', role: 'tenant_admin', tenant_ids: ['ten_red', gateway.tenantId].slice(1) },
    });
    const { data } = await clientOf(key.key).admin.organization.usage.completions({
      start_time: MAY_1,
      end_time: MAY_1 + DAY,
      project_ids: ['ten_blue'],
    });
    expect(data[0]?.results).toEqual([]);
  });

  it.each([
    ['start_time', ''],
    ['start_time', `start_time=${MAY_1}&end_time=${MAY_1}`],
    ['end_time', `start_time=${MAY_1}&end_time=soon`],
    ['bucket_width', `start_time=${MAY_1}&bucket_width=1w`],
    ['limit', `start_time=${MAY_1}&limit=32`],
    ['page', `start_time=${MAY_1}&page=next`],
    ['project_ids', `start_time=${MAY_1}&group_by=user_id`],
    ['colour', `start_time=${MAY_1}&colour=blue`],
  ])('refuses a bad %s and names it: %s', async (param, query) => {
    const { status, body } = await gateway.call('GET', `/v1/organization/usage/completions?${query}`);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ type: 'invalid_request_error', param });
  });

  it('is not open to tenants', async () => {
    const answer = await gateway.call('GET', '/v1/organization/costs?start_time=0', { key: gateway.tenantKey });
    expect(answer.status).toBe(401);
  });
});

const cost = (value: number, exact: string, project: string, item: string) => ({
  object: 'organization.costs.result',
  amount: { value, currency: 'usd', exact },
  quantity: null,
  unpriced_attempts: 0,
  project_id: project,
  user_id: null,
  api_key_id: null,
  line_item: item,
});

describe('the other reports of an organization', () => {
  const range = { start_time: MAY_1, end_time: MAY_1 + DAY };

  it('tell embeddings and moderations apart', async () => {
    const embeddings = await client.admin.organization.usage.embeddings(range);
    expect(embeddings.data[0]?.results).toEqual([
      { object: 'organization.usage.embeddings.result', input_tokens: 7, num_model_requests: 1, ...names },
    ]);
    const moderations = await client.admin.organization.usage.moderations(range);
    expect(moderations.data[0]?.results).toEqual([
      { object: 'organization.usage.moderations.result', input_tokens: 0, num_model_requests: 1, ...names },
    ]);
  });

  it('sum all costs, by project and line item too', async () => {
    const { data } = await client.admin.organization.usage.costs({ ...range, group_by: ['project_id', 'line_item'] });
    expect(data[0]?.results).toEqual([
      cost(0.009000000003, '0.009000000003', 'ten_blue', SONNET),
      cost(0.0045, '0.0045', 'ten_red', 'amazon.nova-lite-v1:0'),
    ]);
  });
});
