import { OpenAI } from 'openai';
import { IdempotentResponseRepository } from '../../src/billing/replays/idempotent-response.repository.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

const MODEL = 'us.amazon.nova-lite-v1:0';
const ask = (content: string) => ({ model: MODEL, messages: [{ role: 'user' as const, content }] });
const once = (key: string) => ({ headers: { 'Idempotency-Key': key } });

let gateway: TestGateway;
let openai: OpenAI;

beforeAll(async () => {
  gateway = await startTestGateway({ IDEMPOTENT_REPLAYS: 'true', IDEMPOTENT_REPLAY_MAX_KB: '16' });
  openai = gateway.openai();
});
afterAll(() => gateway.close());
beforeEach(() => gateway.sandbox.journal.clear());

const calls = () => gateway.sandbox.journal.list().length;
const events = () => gateway.prisma.usageEvent.count();

function post(key: string, body: object, tenantKey = gateway.tenantKey, path = '/v1/chat/completions') {
  return fetch(gateway.baseUrl + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenantKey}`, 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
}

/** Parsed JSON, of which the assertions say what it is. */
const json = async (response: Response) => JSON.parse(await response.text());

async function waitForKept(key: string): Promise<void> {
  const kept = () => gateway.prisma.idempotentResponse.findFirst({ where: { key } });
  await until(async () => (await kept())?.answer != null, 'the kept answer');
}

describe('Idempotency-Key on the data plane', () => {
  it('answers the official client the same again, and bills once', async () => {
    const before = await events();
    const first = await openai.chat.completions.create(ask('hello'), once('a-1'));
    const { data, response } = await openai.chat.completions.create(ask('hello'), once('a-1')).withResponse();
    expect(data).toEqual({ ...first });
    expect(response.headers.get('x-idempotent-replay')).toBe('true');
    expect([calls(), (await events()) - before]).toEqual([1, 1]);
  });

  it('replays a stream frame by frame', async () => {
    const body = { ...ask('tell me more'), stream: true, stream_options: { include_usage: true } };
    const first = await post('s-1', body);
    const frames = await first.text();
    expect(first.headers.get('x-idempotent-replay')).toBeNull();
    const second = await post('s-1', body);
    expect(second.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(second.headers.get('x-idempotent-replay')).toBe('true');
    expect(await second.text()).toBe(frames);
    expect(frames).toMatch(/data: \[DONE\]\n\n$/);
    expect(calls()).toBe(1);
  });

  it.each([
    ['/v1/embeddings', { model: 'amazon.titan-embed-text-v2:0', input: 'x' }],
    ['/v1/completions', { model: MODEL, prompt: 'x' }],
    ['/v1/rerank', { model: 'cohere.rerank-v3-5:0', query: 'x', documents: ['x', 'y'] }],
    [
      '/v1/moderations',
      { input: 'x', guardrailConfig: { guardrailIdentifier: 'sandboxguard', guardrailVersion: '1' } },
    ],
  ])('serves %s too', async (path, body) => {
    const first = await post(`p${path}`, body, gateway.tenantKey, path);
    const text = await first.text();
    expect([first.status, text]).toEqual([200, expect.any(String)]);
    const made = calls();
    const second = await post(`p${path}`, body, gateway.tenantKey, path);
    expect([await second.text(), second.headers.get('x-idempotent-replay'), calls()]).toEqual([text, 'true', made]);
  });

  it('refuses the key with another body', async () => {
    await post('b-1', ask('one'));
    const other = await post('b-1', ask('two'));
    expect(other.status).toBe(422);
    expect((await json(other)).error).toEqual({
      message: 'This Idempotency-Key was used for a different request.',
      type: 'invalid_request_error',
      param: 'idempotency-key',
      code: 'idempotency_key_reused',
    });
  });

  it("does not mix up two tenants' keys", async () => {
    const { body: tenant } = await gateway.call('POST', '/admin/v1/tenants', { body: { name: 'other' } });
    const { body: key } = await gateway.call('POST', `/admin/v1/tenants/${tenant.id}/keys`, { body: { name: 'k' } });
    const [one, two] = [await post('t-1', ask('x')), await post('t-1', ask('x'), key.key)];
    expect([one.status, two.status, two.headers.get('x-idempotent-replay')]).toEqual([200, 200, null]);
    expect(calls()).toBe(2);
  });

  it('answers 409 while the first request runs', async () => {
    gateway.sandbox.script.next({ headersDelayMs: 600_000, reply: 'slow' });
    const first = post('f-1', ask('slow'));
    await until(() => calls() === 1, 'the first call');
    const second = await post('f-1', ask('slow'));
    expect([second.status, second.headers.get('retry-after')]).toEqual([409, '1']);
    expect((await json(second)).error).toMatchObject({ code: 'idempotency_key_in_use', param: 'idempotency-key' });
    gateway.sandbox.hurry();
    expect((await first).status).toBe(200);
    expect((await post('f-1', ask('slow'))).headers.get('x-idempotent-replay')).toBe('true');
    expect(calls()).toBe(1);
  });

  it('keeps what a client that left would have been sent', async () => {
    gateway.sandbox.script.next({ reply: 'word '.repeat(60), chunks: 30, delayMs: 10 });
    const controller = new AbortController();
    const stream = await openai.chat.completions.create(
      { ...ask('long'), stream: true },
      { ...once('g-1'), signal: controller.signal },
    );
    for await (const _ of stream) break;
    controller.abort();
    await waitForKept('g-1');
    const again = await post('g-1', { ...ask('long'), stream: true });
    expect(again.headers.get('x-idempotent-replay')).toBe('true');
    expect(await again.text()).toMatch(/data: \[DONE\]\n\n$/);
    expect(calls()).toBe(1);
  });

  it('keeps a lasting client error, and no failure that may pass', async () => {
    const bad = { ...ask('x'), max_tokens: -1 };
    expect((await post('e-1', bad)).status).toBe(400);
    const repeated = await post('e-1', bad);
    expect([repeated.status, repeated.headers.get('x-idempotent-replay')]).toEqual([400, 'true']);
    expect((await json(repeated)).error.param).toBe('max_tokens');
    const error = { name: 'ThrottlingException', status: 429 };
    gateway.sandbox.script.next({ times: 3, fault: { kind: 'error', ...error } });
    expect((await post('e-2', ask('x'))).status).toBe(429);
    const retried = await post('e-2', ask('x'));
    expect([retried.status, retried.headers.get('x-idempotent-replay')]).toEqual([200, null]);
  });

  it('tries again what broke in the middle of a stream', async () => {
    gateway.sandbox.script.next({ reply: 'a b c', fault: { kind: 'truncate', without: ['metadata'] } });
    const body = { ...ask('x'), stream: true };
    expect(await (await post('m-1', body)).text()).not.toContain('[DONE]');
    expect(await (await post('m-1', body)).text()).toContain('[DONE]');
    expect(calls()).toBe(2);
  });

  it('says so when an answer was too large to be kept, and does not bill it again', async () => {
    gateway.sandbox.script.next({ reply: 'x'.repeat(80_000) });
    const body = { ...ask('x'), max_tokens: 9_000 };
    gateway.sandbox.script.next({ reply: 'x'.repeat(80_000) });
    for (const [key, stream] of [
      ['l-1', false],
      ['l-2', true],
    ] as const) {
      const first = await post(key, { ...body, stream });
      await first.text();
      const repeated = await post(key, { ...body, stream });
      expect([repeated.status, repeated.headers.get('x-should-retry')]).toEqual([409, 'false']);
      expect((await json(repeated)).error.code).toBe('idempotent_answer_not_kept');
    }
    expect(calls()).toBe(2);
  });

  it('refuses a malformed key', async () => {
    const { status } = await post('with space', ask('x'));
    expect(status).toBe(400);
  });

  it('holds no word of the answer in the clear', async () => {
    gateway.sandbox.script.next({ reply: 'confidential-word' });
    await post('c-1', ask('x'));
    const row = await gateway.prisma.idempotentResponse.findFirstOrThrow({ where: { key: 'c-1' } });
    expect(Buffer.from(row.answer!).includes('confidential')).toBe(false);
  });

  it('forgets after a day, and takes over from a process that has died', async () => {
    await post('d-1', ask('x'));
    await gateway.prisma.$executeRaw`
      UPDATE idempotent_responses SET created_at = now() - interval '25 hours' WHERE key = 'd-1'`;
    expect((await post('d-1', ask('x'))).headers.get('x-idempotent-replay')).toBeNull();
    await gateway.prisma.$executeRaw`
      UPDATE idempotent_responses SET answer = NULL, writer_id = gen_random_uuid() WHERE key = 'd-1'`;
    const taken = await post('d-1', ask('x'));
    expect([taken.status, taken.headers.get('x-idempotent-replay')]).toEqual([200, null]);
    await gateway.prisma.$executeRaw`
      UPDATE idempotent_responses SET created_at = now() - interval '25 hours' WHERE key = 'd-1'`;
    expect(await new IdempotentResponseRepository(gateway.prisma).expire()).toBe(1);
  });
});

describe('with the setting off', () => {
  it('keeps nothing, whatever the client sends', async () => {
    const off = await startTestGateway();
    try {
      const create = () => off.openai().chat.completions.create(ask('hello'), once('o-1'));
      await create();
      await create();
      expect(off.sandbox.journal.list()).toHaveLength(2);
      expect(await off.prisma.idempotentResponse.count()).toBe(0);
    } finally {
      await off.close();
    }
  });
});
