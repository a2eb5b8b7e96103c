import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const get = (path: string) => gateway.call('GET', path);
const namesOf = ({ body }: { body: { data: { name: string }[] } }) => body.data.map(({ name }) => name);

async function create(method: string, path: string, body?: object) {
  const answer = await gateway.call(method, path, { ...(body && { body }) });
  expect(answer.status).toBeLessThan(300);
  return answer.body;
}

/** Three of each, beside what is there anyway; months that are over. */
const LISTS: [path: string, fill: (n: number) => Promise<unknown>][] = [
  ['/admin/v1/budgets', (n) => create('POST', '/admin/v1/budgets', { name: `b${n}`, window: 'day', limit_usd: '1' })],
  ['/admin/v1/webhooks', (n) => create('POST', '/admin/v1/webhooks', { name: `w${n}`, url: 'https://hooks.example' })],
  ['/admin/v1/model-groups', (n) => create('PUT', `/admin/v1/model-groups/group-${n}`, { patterns: ['a.*'] })],
  [
    '/admin/v1/quotas',
    (n) =>
      create('POST', '/admin/v1/quotas', { model: 'acme.paged', region: `eu-west-${n}`, requests_per_minute: 100 * n }),
  ],
  ['/admin/v1/months', (n) => create('POST', `/admin/v1/months/2025-0${n}/lock`)],
  [
    '/admin/v1/prices?model=acme.paged',
    (n) =>
      create('PUT', '/admin/v1/prices', {
        data: [{ model: 'acme.paged', scope: 'global', input: `${n}`, output: '2', effective_from: `2026-0${n}-01` }],
      }),
  ],
];

describe.each(LISTS)('GET %s', (path, fill) => {
  const paged = (query: string) => get(`${path}${path.includes('?') ? '&' : '?'}${query}`);

  beforeAll(async () => {
    for (const n of [1, 2, 3]) await fill(n);
  });

  it('comes in pages that hold every item once, in one order', async () => {
    const { body: whole } = await paged('limit=100');
    expect(whole).toMatchObject({ object: 'list', has_more: false });
    expect(whole.data.length).toBeGreaterThanOrEqual(3);
    const items = [];
    let after = '';
    for (let hasMore = true; hasMore;) {
      const { body } = await paged(`limit=2${after && `&after=${after}`}`);
      expect(body.data.length).toBeLessThanOrEqual(2);
      expect(body.first_id).toBe(body.data[0].id);
      expect(body.last_id).toBe(body.data.at(-1).id);
      items.push(...body.data);
      after = body.last_id;
      hasMore = body.has_more;
    }
    expect(items).toEqual(whole.data);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
  });

  it('refuses a page of more than a hundred', async () => {
    expect(await paged('limit=101')).toMatchObject({ status: 400, body: { error: { param: 'limit' } } });
  });
});

describe('a page behind an item that has left the list meanwhile', () => {
  it('leaves out no tenant', async () => {
    const created = [];
    for (const n of [1, 2, 3, 4]) created.push(await create('POST', '/admin/v1/tenants', { name: `leaving-${n}` }));
    const after = created[1].id;
    await create('DELETE', `/admin/v1/tenants/${after}`);
    const answer = await get(`/admin/v1/tenants?name=leaving-&limit=2&after=${after}`);
    expect(namesOf(answer)).toEqual(['leaving-3', 'leaving-4']);
  });

  it('leaves out no key', async () => {
    const { id } = await create('POST', '/admin/v1/tenants', { name: 'of-leaving-keys' });
    const path = `/admin/v1/tenants/${id}/keys`;
    const created = [];
    for (const n of [1, 2, 3, 4]) created.push(await create('POST', path, { name: `key-${n}` }));
    const after = created[1].id;
    await create('DELETE', `${path}/${after}`);
    const answer = await get(`${path}?status=active&limit=2&after=${after}`);
    expect(namesOf(answer)).toEqual(['key-3', 'key-4']);
    const backwards = await get(`${path}?status=active&sort=name&order=desc&after=${after}`);
    expect(namesOf(backwards)).toEqual(['key-1']);
  });
});

it.each(['/admin/v1/webhooks', '/admin/v1/prices', '/admin/v1/quotas', '/admin/v1/months'])(
  'refuses another end of a page of %s',
  async (path) => {
    expect(await get(`${path}?after=nothing`)).toMatchObject({ status: 400, body: { error: { param: 'after' } } });
  },
);

describe('the increases of a budget', () => {
  it('come in pages, the latest first', async () => {
    const { id } = await create('POST', '/admin/v1/budgets', { name: 'raised', window: 'day', limit_usd: '1' });
    const path = `/admin/v1/budgets/${id}/increases`;
    for (const reason of ['one', 'two', 'three']) {
      await create('POST', path, { amount_usd: '1', until: '2100-01-01T00:00:00Z', reason });
    }
    const first = await get(`${path}?limit=2`);
    expect(first.body.data.map(({ reason }: { reason: string }) => reason)).toEqual(['three', 'two']);
    const second = await get(`${path}?limit=2&after=${first.body.last_id}`);
    expect(second.body).toMatchObject({ data: [{ reason: 'one' }], has_more: false });
    expect(await get(`${path}?after=inc_unknown`)).toMatchObject({ status: 400, body: { error: { param: 'after' } } });
  });
});

describe('a model that budgets and limits count', () => {
  const BODIES = [
    ['/admin/v1/budgets', { name: 'b', window: 'day', limit_usd: '1' }],
    ['/admin/v1/limits', { kind: 'requests', window: 'minute', limit: 1 }],
  ] as const;

  it.each(BODIES)('is no alias of the operators at %s, which says what to name instead', async (path, body) => {
    const name = `team-model-of-${path.split('/').at(-1)}`;
    await create('POST', '/admin/v1/aliases', { name, targets: [{ model: 'amazon.nova-lite-v1:0' }] });
    const refused = await gateway.call('POST', path, { body: { ...body, model: name } });
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'model', code: 'invalid_value' } } });
    expect(refused.body.error.message).toContain('amazon.nova-lite-v1:0');
    await create('POST', path, { ...body, model: 'amazon.nova-lite-v1:0' });
  });

  it.each(BODIES)('is no name of OpenAI at %s', async (path, body) => {
    const refused = await gateway.call('POST', path, { body: { ...body, model: 'gpt-4o' } });
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'model' } } });
  });
});
