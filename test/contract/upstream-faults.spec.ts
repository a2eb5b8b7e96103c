import assert from 'node:assert/strict';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import type { BehaviourInput } from '../../src/sandbox/script/behaviour.js';
import { openBlackHole, type BlackHole } from '../support/black-hole.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { runningTime } from '../support/running-time.js';
import { until } from '../support/until.js';

const MODEL = 'amazon.nova-lite-v1:0';
const TRANSPORTS = ['lean', 'sdk'];
const ALWAYS = 1_000_000;
const MESSAGES = [{ role: 'user', content: 'hello' }];

/** A gateway with a budget, so that a reservation that is not given back is seen. */
async function start(env: NodeJS.ProcessEnv): Promise<TestGateway> {
  const gateway = await startTestGateway({ RETRY_BUDGET_PERCENT: '1000', ...env });
  const body = { name: 'team', window: 'month', tenant_id: gateway.tenantId, limit_usd: '1000.00' };
  const { status } = await gateway.call('POST', '/admin/v1/budgets', { body });
  expect(status).toBe(201);
  return gateway;
}

function ask(gateway: TestGateway, body: object = {}, headers: Record<string, string> = {}) {
  return gateway.call('POST', '/v1/chat/completions', {
    key: gateway.tenantKey,
    body: { model: MODEL, messages: MESSAGES, max_tokens: 100, ...body },
    headers,
  });
}

async function readStream(gateway: TestGateway): Promise<string> {
  const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: MESSAGES, max_tokens: 100, stream: true }),
  });
  expect(response.status).toBe(200);
  return response.text();
}

function count(sandbox: Sandbox): number {
  return sandbox.journal.list().length;
}

async function expectNothingLeft(gateway: TestGateway): Promise<void> {
  const [left] = await gateway.prisma.$queryRaw<object[]>`
    SELECT (SELECT count(*)::int FROM reservations) AS reservations,
      (SELECT count(*)::int FROM usage_intents) AS intents,
      (SELECT coalesce(sum(reserved), 0)::int FROM budget_windows) AS reserved`;
  expect(left).toEqual({ reservations: 0, intents: 0, reserved: 0 });
}

/** One event of the ledger for each attempt of a request. */
async function expectEvents(gateway: TestGateway, requestId: string | null, outcomes: string[]): Promise<void> {
  const where = { requestId: requestId ?? '' };
  const events = await gateway.prisma.usageEvent.findMany({ where, orderBy: { attempt: 'asc' } });
  expect(events.map(({ outcome }) => outcome)).toEqual(outcomes);
}

interface Promised {
  status: number;
  code: string;
  retryAfter?: string;
  shouldRetry?: string;
  attempts: number;
}

describe.each(TRANSPORTS)('an upstream that only fails, through the transport %s', (transport) => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await start({ AWS_MAX_ATTEMPTS: '2', BREAKER_FAILURES: '0', BEDROCK_TRANSPORT: transport });
  });
  afterAll(() => gateway.close());
  afterEach(() => gateway.sandbox.script.clear());

  const FAULTS: [string, NonNullable<BehaviourInput['fault']>, Promised][] = [
    [
      'throttles',
      { kind: 'error', name: 'ThrottlingException' },
      { status: 429, code: 'rate_limit_exceeded', retryAfter: '1', attempts: 2 },
    ],
    [
      'throttles for long',
      { kind: 'error', name: 'ThrottlingException', retryAfterSeconds: 30 },
      { status: 429, code: 'rate_limit_exceeded', retryAfter: '30', attempts: 1 },
    ],
    [
      'has no tokens left for the day',
      { kind: 'error', name: 'ThrottlingException', message: 'Too many tokens per day, please wait.' },
      { status: 429, code: 'insufficient_quota', shouldRetry: 'false', attempts: 1 },
    ],
    [
      'has no capacity',
      { kind: 'error', name: 'ServiceUnavailableException' },
      { status: 503, code: 'service_unavailable', retryAfter: '1', attempts: 2 },
    ],
    [
      'fails inside',
      { kind: 'error', name: 'InternalServerException' },
      { status: 502, code: 'upstream_error', attempts: 2 },
    ],
    [
      'takes too long for itself',
      { kind: 'error', name: 'ModelTimeoutException' },
      { status: 504, code: 'upstream_timeout', attempts: 2 },
    ],
    [
      'is a proxy that is ill',
      { kind: 'html', status: 503 },
      { status: 503, code: 'service_unavailable', retryAfter: '1', attempts: 2 },
    ],
    [
      'finds the context too long',
      { kind: 'error', name: 'ValidationException', message: 'Input is too long for requested model.' },
      { status: 400, code: 'context_length_exceeded', attempts: 1 },
    ],
  ];

  describe.each(FAULTS)('%s', (_name, fault, promised) => {
    it.each([false, true])('keeps its promises, streamed: %s', async (stream) => {
      const before = count(gateway.sandbox);
      gateway.sandbox.script.next({ fault, times: ALWAYS });
      const { status, body, headers } = await ask(gateway, { stream });
      expect({
        status,
        code: body.error.code,
        retryAfter: headers.get('retry-after') ?? undefined,
        shouldRetry: headers.get('x-should-retry') ?? undefined,
        attempts: Number(headers.get('x-gateway-attempts')),
      }).toEqual({ retryAfter: undefined, shouldRetry: undefined, ...promised });
      expect(count(gateway.sandbox) - before).toBe(promised.attempts);
      await expectEvents(gateway, headers.get('x-request-id'), Array(promised.attempts).fill('error'));
      await expectNothingLeft(gateway);
    });
  });

  it.each<[string, BehaviourInput]>([
    ['ends too early', { fault: { kind: 'truncate', afterEvents: 3 } }],
    ['leaves out how it ended', { fault: { kind: 'truncate', without: ['metadata'] } }],
    ['resets in the middle', { fault: { kind: 'reset', afterEvents: 3 } }],
    ['sends a bad checksum', { fault: { kind: 'bad-crc', atEvent: 3 } }],
    ['throttles in the middle', { fault: { kind: 'exception', name: 'throttlingException', afterEvents: 3 } }],
  ])('a stream that %s has an error frame and no end, and is not begun again', async (_name, behaviour) => {
    const before = count(gateway.sandbox);
    gateway.sandbox.script.next({ reply: 'a b c d e f', chunks: 6, times: ALWAYS, ...behaviour });
    const text = await readStream(gateway);
    expect(text).toContain('data: {"error":');
    expect(text).not.toContain('[DONE]');
    expect(count(gateway.sandbox) - before).toBe(1);
    await expectNothingLeft(gateway);
  });

  it('reads a stream that comes one byte at a time', async () => {
    gateway.sandbox.script.next({ reply: 'naïve 日本 🚀', chunks: 4, writeBytes: 1 });
    const text = await readStream(gateway);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    await expectNothingLeft(gateway);
  });

  it('leaves no more sockets behind than were needed at once', async () => {
    for (let round = 0; round < 3; round += 1) {
      gateway.sandbox.script.next({ fault: { kind: 'reset', afterEvents: 2 }, chunks: 6, times: 20 });
      const texts = await Promise.all(Array.from({ length: 20 }, () => readStream(gateway)));
      expect(texts.every((text) => text.includes('upstream_disconnected'))).toBe(true);
    }
    await until(async () => (await gateway.sandbox.connections()) <= 20, 'the broken connections to be gone');
    await expectNothingLeft(gateway);
  });
});

describe.each(TRANSPORTS)('an upstream that is silent, through the transport %s', (transport) => {
  let gateway: TestGateway;
  let lost: TestGateway;
  /** Waits for a first byte as long as a machine may stand still. */
  let patient: TestGateway;
  let hole: BlackHole;
  const timeouts = { AWS_CONNECT_TIMEOUT_MS: '200', AWS_FIRST_BYTE_TIMEOUT_MS: '1000', AWS_IDLE_TIMEOUT_MS: '1000' };

  beforeAll(async () => {
    const env = { AWS_MAX_ATTEMPTS: '2', BREAKER_FAILURES: '0', BEDROCK_TRANSPORT: transport, ...timeouts };
    hole = await openBlackHole();
    gateway = await start({ ...env, AWS_CONNECT_TIMEOUT_MS: '5000' });
    patient = await start({ ...env, AWS_FIRST_BYTE_TIMEOUT_MS: '60000' });
    lost = await start({ ...env, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${hole.port}` });
  });
  afterAll(async () => {
    await lost.close();
    await patient.close();
    await gateway.close();
    await hole.close();
  });
  afterEach(() => gateway.sandbox.script.clear());

  const SILENCES: [string, () => TestGateway, BehaviourInput, string][] = [
    ['lets nobody connect', () => lost, {}, 'upstream_connect_timeout'],
    ['accepts and never answers', () => gateway, { headersDelayMs: 60_000 }, 'upstream_timeout'],
  ];

  describe.each(SILENCES)('%s', (_name, gatewayOf, behaviour, code) => {
    it.each([false, true])('is given up in time, twice, and leaves nothing, streamed: %s', async (stream) => {
      const asked = gatewayOf();
      const before = count(asked.sandbox);
      asked.sandbox.script.next({ ...behaviour, times: ALWAYS });
      const { status, body, headers } = await ask(asked, { stream });
      expect([status, body.error.code, headers.get('x-gateway-attempts')]).toEqual([504, code, '2']);
      await expectEvents(asked, headers.get('x-request-id'), ['error', 'error']);
      await expectNothingLeft(asked);
      // Other connections may be opened meanwhile, such as to look whether Bedrock can be reached.
      const left = () => asked.sandbox.journal.list().slice(before);
      await until(() => left().every(({ clientGone }) => clientGone), 'the silent connections to be closed');
      expect(left().length > 0).toBe(asked === gateway);
    });
  });

  it('after its status line is given up as long as nothing was sent on', async () => {
    gateway.sandbox.script.next({ fault: { kind: 'stall', ms: 60_000 }, times: ALWAYS });
    const { status, body, headers } = await ask(gateway, { stream: true });
    // The SDK waits for the first event together with the status line.
    const code = transport === 'sdk' ? 'upstream_timeout' : 'upstream_idle_timeout';
    expect([status, body.error.code, headers.get('x-gateway-attempts')]).toEqual([504, code, '2']);
    await expectEvents(gateway, headers.get('x-request-id'), ['error', 'error']);
    await expectNothingLeft(gateway);
  });

  it('in the middle has an error frame and no end', async () => {
    patient.sandbox.script.next({ reply: 'a b c d', chunks: 4, fault: { kind: 'stall', afterEvents: 3, ms: 60_000 } });
    const text = await readStream(patient);
    expect(text).toContain('upstream_idle_timeout');
    expect(text).not.toContain('[DONE]');
    await expectNothingLeft(patient);
  });

  it.each([false, true])('for less than the time that it has is only late, streamed: %s', async (stream) => {
    patient.sandbox.script.next({ headersDelayMs: 500 });
    const before = count(patient.sandbox);
    const text = stream ? await readStream(patient) : JSON.stringify((await ask(patient)).body);
    expect(text).toContain(stream ? '[DONE]' : '"finish_reason":"stop"');
    expect(count(patient.sandbox) - before).toBe(1);
    await expectNothingLeft(patient);
  });
});

describe('an upstream that is throttled to the end', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await start({ RETRY_BUDGET_PERCENT: '10' });
  });
  afterAll(() => gateway.close());

  it('gets at most 1.1 attempts for each of 500 requests, and serves within 5 s after the fault has ended', async () => {
    const before = count(gateway.sandbox);
    gateway.sandbox.script.next({ fault: { kind: 'error', name: 'ThrottlingException' }, times: ALWAYS });
    const statuses = new Set<number>();
    for (let batch = 0; batch < 25; batch += 1) {
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(gateway)));
      answers.forEach(({ status, headers }) => statuses.add(headers.get('retry-after') === null ? -1 : status));
    }
    expect([...statuses]).toEqual([429]);
    expect(count(gateway.sandbox) - before).toBeLessThanOrEqual(550);
    gateway.sandbox.script.clear();
    const isServed = async () => (await ask(gateway)).status === 200;
    expect(await runningTime(() => until(isServed, 'the target to be found well'))).toBeLessThan(5_000);
    await expectNothingLeft(gateway);
  });
});

describe('a budget', () => {
  let gateway: TestGateway;
  let budgetId: string;
  /** What one attempt holds, and is taken to have cost when nobody knows. */
  let reservation: bigint;

  beforeAll(async () => {
    gateway = await start({ AWS_MAX_ATTEMPTS: '2', BREAKER_FAILURES: '0' });
    budgetId = (await gateway.call('GET', '/admin/v1/budgets')).body.data[0].id;
    empty(2);
    const { body } = await ask(gateway, { stream: true });
    assert.equal(body.error.code, 'upstream_empty_response');
    reservation = (await spent()) / 2n;
  });
  afterAll(() => gateway.close());
  afterEach(() => gateway.sandbox.script.clear());

  async function spent(): Promise<bigint> {
    const [row] = await gateway.prisma.$queryRaw<{ spent: string }[]>`
      SELECT coalesce(sum(spent), 0)::text AS spent FROM budget_windows`;
    return BigInt(row?.spent ?? 0);
  }

  /** Leaves so much of the budget. */
  async function leave(picoUsd: bigint): Promise<void> {
    const limit = (await spent()) + picoUsd;
    await gateway.prisma.$executeRaw`UPDATE budgets SET limit_pico_usd = ${limit} WHERE id = ${budgetId}`;
    await gateway.prisma.$executeRaw`UPDATE budget_windows SET ceiling = ${limit} WHERE budget_id = ${budgetId}`;
  }

  /** Streams that end before they begin: nobody knows what Bedrock bills for them. */
  const empty = (times: number) => {
    const match = { operation: 'ConverseStream' };
    gateway.sandbox.script.next({ match, fault: { kind: 'truncate', afterEvents: 0 }, times });
  };

  it('is asked for every attempt, and gets back at once what a refused one did not cost', async () => {
    await leave(reservation);
    gateway.sandbox.script.next({ fault: { kind: 'error', name: 'ThrottlingException' } });
    const { status, headers } = await ask(gateway);
    expect([status, headers.get('x-gateway-attempts')]).toEqual([200, '2']);
    await expectNothingLeft(gateway);
  });

  it('pays an attempt of unknown cost in full, and the next one only from what is left', async () => {
    await leave(reservation * 2n - 1n);
    const before = await spent();
    empty(1);
    const { status, body, headers } = await ask(gateway, { stream: true });
    expect([status, body.error.code, headers.get('x-gateway-attempts')]).toEqual([502, 'upstream_empty_response', '1']);
    expect((await spent()) - before).toBe(reservation);
    await expectNothingLeft(gateway);
  });
});

describe('a region that fails', () => {
  const HOME = 'us-east-1';
  const OTHER = 'us-west-2';
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await start({ AWS_FAILOVER_REGIONS: OTHER });
  });
  afterAll(() => gateway.close());
  afterEach(() => gateway.sandbox.script.clear());

  it.each([false, true])('is stood in for by another, which is named, streamed: %s', async (stream) => {
    gateway.sandbox.script.next({
      match: { region: HOME },
      fault: { kind: 'error', name: 'ServiceUnavailableException' },
    });
    const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: MESSAGES, max_tokens: 100, stream }),
    });
    expect(response.status).toBe(200);
    await response.text();
    const { headers } = response;
    expect([
      headers.get('x-gateway-model'),
      headers.get('x-gateway-region'),
      headers.get('x-gateway-attempts'),
    ]).toEqual([MODEL, OTHER, '2']);
    const requestId = headers.get('x-request-id') ?? '';
    const events = await gateway.prisma.usageEvent.findMany({ where: { requestId }, orderBy: { attempt: 'asc' } });
    expect(events.map(({ region, outcome }) => [region, outcome])).toEqual([
      [HOME, 'error'],
      [OTHER, 'success'],
    ]);
    await expectNothingLeft(gateway);
  });

  it('is not left for a region that the tenant keeps out of', async () => {
    const tenant = `/admin/v1/tenants/${gateway.tenantId}`;
    const changed = await gateway.call('PATCH', tenant, { body: { allowed_regions: [HOME] } });
    expect(changed.status).toBe(200);
    gateway.sandbox.script.next({
      match: { region: HOME },
      fault: { kind: 'error', name: 'ServiceUnavailableException' },
      times: ALWAYS,
    });
    const before = count(gateway.sandbox);
    await until(async () => (await ask(gateway)).status === 503, 'the policy to hold');
    const regions = gateway.sandbox.journal
      .list()
      .slice(before)
      .map(({ region }) => region);
    expect(regions.at(-1)).toBe(HOME);
  });
});
