import { startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'amazon.nova-lite-v1:0';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ QUOTA_STEWARD: 'right-size' });
});
afterAll(() => gateway.close());

async function ask(reply: string, fields: { max_tokens?: number } = {}) {
  gateway.sandbox.script.next({ reply });
  const messages = [{ role: 'user' as const, content: 'hello' }];
  const { choices, usage } = await gateway.openai().chat.completions.create({ model: MODEL, messages, ...fields });
  return [choices[0]?.finish_reason, usage?.completion_tokens];
}

/** The same as a stream: how it ends and how long it is. */
async function askStream(reply: string, whose: { key?: string } = {}) {
  gateway.sandbox.script.next({ reply });
  const messages = [{ role: 'user' as const, content: 'hello' }];
  const stream_options = { include_usage: true };
  const stream = await gateway
    .openai(whose)
    .chat.completions.create({ model: MODEL, messages, stream: true, stream_options });
  let finish: string | null | undefined;
  let length: number | undefined;
  for await (const { choices, usage } of stream) {
    finish = choices[0]?.finish_reason ?? finish;
    length = usage?.completion_tokens ?? length;
  }
  return [finish, length];
}

/** The sandbox counts four bytes as a token. */
const tokens = (count: number) => 'abcd'.repeat(count);

describe('the quota steward', () => {
  it('limits what nobody has limited, doubles after a cut, and keeps what a client names', async () => {
    for (let answer = 0; answer < 20; answer += 1) await ask('short');
    expect(await askStream(tokens(3_000))).toEqual(['length', 1_024]);
    expect(await askStream(tokens(3_000))).toEqual(['length', 2_048]);
    expect(await askStream(tokens(3_000))).toEqual(['stop', 3_000]);
    expect(await ask(tokens(9_000), { max_tokens: 8_000 })).toEqual(['length', 8_000]);
    // The model refuses limits above 10,000.
    expect(await ask(tokens(9_000))).toEqual(['stop', 9_000]);
  });

  it('keeps what the policy of a tenant names', async () => {
    const tenant = await gateway.call('POST', '/admin/v1/tenants', {
      body: { name: 't', default_output_tokens: 4_000 },
    });
    const path = `/admin/v1/tenants/${tenant.body.id}/keys`;
    const { key } = (await gateway.call('POST', path, { body: { name: 'k' } })).body;
    for (let answer = 0; answer < 20; answer += 1) await askStream('short', { key });
    expect(await askStream(tokens(3_000), { key })).toEqual(['stop', 3_000]);
  });

  it('asks for a whole answer again without its limit when that has cut it off, and meters both', async () => {
    for (let answer = 0; answer < 200; answer += 1) await ask('short');
    const before = gateway.sandbox.journal.list().length;
    gateway.sandbox.script.next({ reply: tokens(3_000) });
    expect(await ask(tokens(3_000))).toEqual(['stop', 3_000]);
    expect(gateway.sandbox.journal.list().length - before).toBe(2);
    const events = await gateway.prisma.usageEvent.findMany({ orderBy: [{ occurredAt: 'asc' }, { attempt: 'asc' }] });
    expect(events.slice(-2).map(({ outcome, outputTokens }) => [outcome, outputTokens])).toEqual([
      ['success', 1_024],
      ['success', 3_000],
    ]);
  });

  it('keeps the answer that was cut off when no other can be had', async () => {
    for (let answer = 0; answer < 200; answer += 1) await ask('short');
    gateway.sandbox.script.next({ reply: tokens(3_000) });
    gateway.sandbox.script.next({ fault: { kind: 'error', name: 'ValidationException' } });
    const messages = [{ role: 'user' as const, content: 'hello' }];
    const { choices } = await gateway.openai().chat.completions.create({ model: MODEL, messages });
    expect(choices[0]?.finish_reason).toBe('length');
    gateway.sandbox.script.clear();
  });

  it.each([
    ['a hard budget', '/admin/v1/budgets', { name: 'small', window: 'month', hard: true, limit_usd: '0.001' }],
    ['a limit of tokens', '/admin/v1/limits', { kind: 'tokens', window: 'minute', limit: 5_000 }],
  ])('keeps the answer that was cut off where %s has no room for another', async (_, path, fields) => {
    const { id } = (await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'small' } })).body;
    const { key } = (await gateway.call('POST', `/admin/v1/tenants/${id}/keys`, { body: { name: 'small' } })).body;
    const body = { model: MODEL, messages: [{ role: 'user', content: 'hello' }] };
    const chat = (reply: string) => {
      gateway.sandbox.script.next({ reply });
      return gateway.call('POST', '/v1/chat/completions', { key, body });
    };
    for (let answer = 0; answer < 20; answer += 1) await chat('short');
    expect((await gateway.call('POST', path, { body: { ...fields, tenant_id: id } })).status).toBe(201);
    const before = gateway.sandbox.journal.list().length;
    const { status, body: answer } = await chat(tokens(3_000));
    expect([status, answer.choices[0].finish_reason, answer.usage.completion_tokens]).toEqual([200, 'length', 1_024]);
    expect(gateway.sandbox.journal.list().length - before).toBe(1);
  });
});
