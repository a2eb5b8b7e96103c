import { readFileSync } from 'node:fs';
import { Metrics } from '../../src/metrics/metrics.js';
import { startAccessApp } from '../support/access-app.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.close());

async function scrape(key: string): Promise<Response> {
  return fetch(`${gateway.baseUrl}/metrics`, { headers: { authorization: `Bearer ${key}` } });
}

/** Samples by name and labels. */
function parse(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('GET /healthz', () => {
  it('answers 200 to anyone', async () => {
    const answer = await gateway.call('GET', '/healthz', { key: null });
    expect(answer).toMatchObject({ status: 200, body: { status: 'ok' } });
  });

  it('has the place and the words of the predecessor beside its own', async () => {
    const answer = await gateway.call('GET', '/health', { key: null });
    expect(answer).toMatchObject({ status: 200, body: { status: 'OK' } });
  });
});

async function reachability(): Promise<{ status: string }> {
  return (await gateway.call('GET', '/readyz', { key: null })).body.details.bedrock;
}

describe('GET /readyz', () => {
  it('answers 200 when the database has every migration', async () => {
    const answer = await gateway.call('GET', '/readyz', { key: null });
    expect(answer).toMatchObject({ status: 200, body: { status: 'ok', details: { database: { status: 'up' } } } });
  });

  it('tells whether Bedrock answers, as of a check in the background', async () => {
    await until(async () => (await reachability()).status !== 'unknown', 'the first check');
    expect(await reachability()).toEqual({ status: 'up', checkedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string });
  });

  it('answers 503 and names the migrations that are missing', async () => {
    await gateway.prisma
      .$executeRaw`UPDATE _prisma_migrations SET checksum = 'x' WHERE migration_name LIKE '%foundation'`;
    const ask = () => gateway.call('GET', '/readyz', { key: null });
    await until(async () => (await ask()).status !== 200, 'the next check');
    expect(await ask()).toMatchObject({
      status: 503,
      body: { status: 'error', error: { database: { pendingMigrations: ['20261122185000_foundation'] } } },
    });
  });
});

describe('GET /readyz without a Bedrock', () => {
  it('says so, and is ready all the same', async () => {
    const alone = await startAccessApp();
    const ask = () => alone.call('GET', '/readyz', { key: null });
    await until(async () => (await ask()).body.details.bedrock.status === 'down', 'the check to fail');
    expect(await ask()).toMatchObject({ status: 200, body: { status: 'ok' } });
    await alone.close();
  });
});

describe('GET /metrics', () => {
  it('is for operators only', async () => {
    expect((await scrape(gateway.tenantKey)).status).toBe(401);
  });

  it('counts requests by route and status, and made-up paths together', async () => {
    await gateway.openai().chat.completions.create({
      model: 'amazon.nova-lite-v1:0',
      messages: [{ role: 'user', content: 'Hello!' }],
    });
    await gateway.call('GET', '/made/up');
    for (const method of ['PROPFIND', 'MKCOL']) await gateway.call(method, '/v1/models');
    const text = await (await scrape(gateway.adminKey)).text();
    expect(text).toMatch(/_count\{method="POST",route="\/v1\/chat\/completions",status="200"\} 1\n/);
    expect(text).toMatch(/_count\{method="GET",route="none",status="404"\} 1\n/);
    expect(text).toMatch(/_count\{method="_OTHER",route="none",status="405"\} 2\n/);
    expect(text).not.toMatch(/made\/up|PROPFIND|MKCOL/);
  });

  it("tells attempts, tokens, cost and times by family, and what is the gateway's own", async () => {
    const usage = { inputTokens: 12, outputTokens: 7 };
    gateway.sandbox.script.next({ match: { operation: 'Converse' }, usage });
    const before = parse(await (await scrape(gateway.adminKey)).text());
    await gateway.openai().chat.completions.create({
      model: 'amazon.nova-lite-v1:0',
      messages: [{ role: 'user', content: 'Hello!' }],
    });
    const after = parse(await (await scrape(gateway.adminKey)).text());
    const grown = (sample: string) => (after.get(sample) ?? 0) - (before.get(sample) ?? 0);
    const labels = 'operation="chat",family="nova"';
    expect(grown(`gateway_upstream_attempts_total{${labels},outcome="success",status="200"}`)).toBe(1);
    expect(grown('gateway_tokens_total{family="nova",class="input"}')).toBe(12);
    expect(grown('gateway_tokens_total{family="nova",class="output"}')).toBe(7);
    // 12 and 7 tokens at 0.06 and 0.24 USD per million.
    expect(grown('gateway_cost_usd_total{family="nova"}')).toBeCloseTo(2.4e-6, 12);
    expect(grown(`gateway_upstream_duration_seconds_count{${labels},streamed="false"}`)).toBe(1);
    expect(grown(`gateway_upstream_first_byte_seconds_count{${labels},streamed="false"}`)).toBe(1);
    expect(grown('gateway_overhead_seconds_count{route="/v1/chat/completions"}')).toBe(1);
    expect(grown('gateway_overhead_seconds_sum{route="/v1/chat/completions"}')).toBeGreaterThan(0);
    expect(after.get('gateway_upstream_in_flight')).toBe(0);
  });

  it('counts retries, and nothing as without usage that has failed', async () => {
    gateway.sandbox.script.next({
      match: { operation: 'Converse' },
      fault: { kind: 'error', name: 'ThrottlingException' },
    });
    await gateway.openai().chat.completions.create({
      model: 'amazon.nova-lite-v1:0',
      messages: [{ role: 'user', content: 'Hello!' }],
    });
    const samples = parse(await (await scrape(gateway.adminKey)).text());
    expect(samples.get('gateway_upstream_retries_total{kind="repeat"}')).toBe(1);
    expect(samples.get('gateway_upstream_circuits_open')).toBe(0);
    expect(samples.get('gateway_flagged_attempts_total{family="nova",flag="without_usage"}')).toBeUndefined();
  });

  it('has nothing of its own that the documentation leaves out', async () => {
    const own = (await gateway.app.get(Metrics).registry.getMetricsAsJSON())
      .map(({ name }) => name)
      .filter((name) => name.startsWith('gateway_'));
    const rows = readFileSync('docs/operations.md', 'utf8').matchAll(/^\| `(gateway_\w+)`/gm);
    expect(new Set(own)).toEqual(new Set([...rows].map(([, name]) => name)));
  });

  it('tells of several workers the sum of amounts, and the largest of states and ages', async () => {
    const own = await gateway.app.get(Metrics).registry.getMetricsAsJSON();
    const largest = own.filter(({ name, aggregator }) => name.startsWith('gateway_') && aggregator === 'max');
    expect(largest.map(({ name }) => name).sort()).toEqual([
      'gateway_ledger_database_away',
      'gateway_ledger_lag_seconds',
      'gateway_rate_limits_fallback',
      'gateway_upstream_circuits_open',
    ]);
  });

  it('shows the state of the ledger', async () => {
    const samples = parse(await (await scrape(gateway.adminKey)).text());
    for (const name of ['records_waiting', 'lag_seconds', 'database_away', 'journal_bytes']) {
      expect([name, samples.get(`gateway_ledger_${name}`)]).toEqual([name, 0]);
    }
  });
});
