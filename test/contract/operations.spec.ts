import { startTestGateway, type TestGateway } from '../support/gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.close());

async function scrape(key: string): Promise<Response> {
  return fetch(`${gateway.baseUrl}/metrics`, { headers: { authorization: `Bearer ${key}` } });
}

describe('GET /healthz', () => {
  it('answers 200 to anyone', async () => {
    const answer = await gateway.call('GET', '/healthz', { key: null });
    expect(answer).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});

describe('GET /readyz', () => {
  it('answers 200 when the database has every migration', async () => {
    const answer = await gateway.call('GET', '/readyz', { key: null });
    expect(answer).toMatchObject({ status: 200, body: { status: 'ok', details: { database: { status: 'up' } } } });
  });

  it('answers 503 and names the migrations that are missing', async () => {
    await gateway.prisma
      .$executeRaw`UPDATE _prisma_migrations SET checksum = 'x' WHERE migration_name LIKE '%foundation'`;
    const answer = await gateway.call('GET', '/readyz', { key: null });
    expect(answer).toMatchObject({
      status: 503,
      body: { status: 'error', error: { database: { pendingMigrations: ['20261122185000_foundation'] } } },
    });
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
    const text = await (await scrape(gateway.adminKey)).text();
    expect(text).toMatch(/_count\{method="POST",route="\/v1\/chat\/completions",status="200"\} 1\n/);
    expect(text).toMatch(/_count\{method="GET",route="none",status="404"\} 1\n/);
    expect(text).not.toContain('made/up');
  });
});
