import { APIError } from 'openai';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const ASK = { model: 'amazon.nova-lite-v1:0', messages: [{ role: 'user' as const, content: 'Hello!' }] };

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ IN_FLIGHT_MAX: '2' });
});

afterAll(() => gateway.close());

describe('a gateway that has too much to do', () => {
  it('refuses early, says when to come back, bills nothing, and answers those who watch it', async () => {
    gateway.sandbox.script.next({ match: { operation: 'ConverseStream' }, chunks: 20, delayMs: 50, times: 2 });
    const running = await Promise.all(
      [1, 2].map(() => gateway.openai().chat.completions.create({ ...ASK, stream: true })),
    );
    const refused: unknown = await gateway
      .openai()
      .chat.completions.create(ASK)
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(APIError);
    expect(refused).toMatchObject({ status: 503, code: 'overloaded', type: 'server_error' });
    const headers = refused instanceof APIError ? refused.headers : undefined;
    expect([headers?.get('retry-after'), headers?.get('x-should-retry')]).toEqual(['1', 'true']);
    expect(headers?.get('x-request-id')).toMatch(/^req_/);
    expect((await gateway.call('GET', '/healthz', { key: null })).status).toBe(200);
    expect((await gateway.call('GET', '/admin/v1/tenants')).status).toBe(200);
    for (const stream of running) for await (const _ of stream);
    expect((await gateway.openai().chat.completions.create(ASK)).choices).toHaveLength(1);
    expect(await gateway.prisma.usageEvent.count()).toBe(3);
    const metrics = await fetch(`${gateway.baseUrl}/metrics`, {
      headers: { authorization: `Bearer ${gateway.adminKey}` },
    });
    expect(await metrics.text()).toContain('gateway_requests_refused_total{reason="in_flight"} 1');
  });
});
