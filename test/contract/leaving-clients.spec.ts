import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

const STREAMS = 24;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(() => gateway.close());

/** Reads so many bytes of a stream and leaves. */
async function leaveAfter(path: string, body: object, bytes: number): Promise<void> {
  const sent = request(gateway.baseUrl + path, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
  });
  sent.end(JSON.stringify({ model: 'amazon.nova-lite-v1:0', stream: true, ...body }));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let received = 0;
  for await (const chunk of response) {
    received += (chunk as Buffer).length;
    if (received >= bytes) break;
  }
  sent.destroy();
}

describe('clients that leave in the middle of a stream', () => {
  it.each([
    ['/v1/chat/completions', { messages: [{ role: 'user', content: 'Hello!' }] }],
    ['/v1/chat/completions', { n: 2, messages: [{ role: 'user', content: 'Hello!' }] }],
    ['/v1/completions', { prompt: 'Hello!' }],
  ])('%s %j: what Bedrock generated is read on and metered', async (path, body) => {
    await gateway.prisma.usageEvent.deleteMany();
    gateway.sandbox.journal.clear();
    const attempts = STREAMS * ('n' in body ? 2 : 1);
    gateway.sandbox.script.next({ match: { operation: 'ConverseStream' }, chunks: 12, delayMs: 10, times: attempts });
    await Promise.all(Array.from({ length: STREAMS }, (_, index) => leaveAfter(path, body, 1 + index * 60)));
    await until(async () => (await gateway.prisma.usageEvent.count()) === attempts, 'every attempt to be settled');
    const events = await gateway.prisma.usageEvent.findMany();
    expect(events.filter(({ usageReported }) => !usageReported)).toEqual([]);
    expect(events.filter(({ outcome }) => outcome === 'client_gone').length).toBeGreaterThan(STREAMS / 2);
    const generated = gateway.sandbox.journal.list().reduce((sum, { usage }) => sum + (usage?.outputTokens ?? 0), 0);
    expect(events.reduce((sum, { outputTokens }) => sum + (outputTokens ?? 0), 0)).toBe(generated);
  });
});
