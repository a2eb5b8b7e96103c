import { startTestGateway, type TestGateway } from '../support/gateway.js';

const ASK = {
  model: 'global.anthropic.claude-sonnet-4-6',
  messages: [{ role: 'user' as const, content: 'hello' }],
  max_tokens: 20,
};

let gateway: TestGateway;
let key: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  await gateway.call('PATCH', `/admin/v1/tenants/${gateway.tenantId}`, {
    body: { tags: { team: 'blue', stage: 'test' } },
  });
  const issued = await gateway.call('POST', `/admin/v1/tenants/${gateway.tenantId}/keys`, {
    body: { name: 'ci', tags: { stage: 'prod', app: 'search' } },
  });
  key = issued.body.key;
});
afterAll(() => gateway.close());

async function eventOf(fields: object): Promise<{ endUser: string | null; tags: unknown }> {
  const { status, headers } = await gateway.call('POST', '/v1/chat/completions', { key, body: { ...ASK, ...fields } });
  expect(status).toBe(200);
  return gateway.prisma.usageEvent.findFirstOrThrow({
    where: { requestId: headers.get('x-request-id') ?? '' },
    select: { endUser: true, tags: true },
  });
}

const setPolicy = (policy: object) => gateway.call('PATCH', `/admin/v1/tenants/${gateway.tenantId}`, { body: policy });

describe('an event', () => {
  it('holds the tags of tenant and key, those of the key first', async () => {
    expect((await eventOf({})).tags).toEqual({ team: 'blue', stage: 'prod', app: 'search' });
  });

  it('names the end user as the policy of the tenant says', async () => {
    expect((await eventOf({ user: 'alice' })).endUser).toBe('alice');
    expect((await eventOf({ safety_identifier: 'bob', stream: false })).endUser).toBe('bob');
    await setPolicy({ end_user: 'hash' });
    expect((await eventOf({ user: 'alice' })).endUser).toMatch(/^[0-9a-f]{64}$/);
    await setPolicy({ end_user: 'drop' });
    expect((await eventOf({ user: 'alice' })).endUser).toBeNull();
    await setPolicy({ end_user: null });
  });

  it('is never refused for the name of an end user', async () => {
    const { endUser } = await eventOf({ user: 'nul \u0000 and half a fox \ud83e' });
    expect(endUser).toBe('nul \uFFFD and half a fox \uFFFD');
  });
});
