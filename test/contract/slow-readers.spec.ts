import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { encodeEvent } from '../../src/sandbox/framing/event-stream.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { startReplayServer, type ReplayServer } from '../support/replay-server.js';
import { until } from '../support/until.js';

const PIECE = 'x'.repeat(32 * 1024);
const PIECES = 3_000;
/** What the sockets of two connections and the buffers between them can hold. What Bedrock sent is in one of them. */
const BUFFERED_MAX = 48 * 1024 * 1024;
/** Looks at a counter that has to be the same every time. */
const LOOKS = 25;

let bedrock: ReplayServer;
let gateway: TestGateway;
let sent = 0;
let asked: ClientRequest | undefined;

beforeAll(async () => {
  bedrock = await startReplayServer();
  bedrock.answer = (_path, response) => {
    void answer(response);
    return undefined;
  };
  gateway = await startTestGateway({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url });
});

afterAll(async () => {
  asked?.destroy();
  await gateway.close();
  await bedrock.close();
});

/** A long answer that goes on as fast as it is read. */
async function answer(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'slow' });
  response.write(encodeEvent('messageStart', { role: 'assistant' }));
  const piece = encodeEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text: PIECE } });
  for (sent = 0; sent < PIECES; sent += 1) {
    if (!response.write(piece)) await once(response, 'drain');
  }
  response.write(encodeEvent('contentBlockStop', { contentBlockIndex: 0 }));
  response.write(encodeEvent('messageStop', { stopReason: 'end_turn' }));
  const usage = { inputTokens: 5, outputTokens: 7, totalTokens: 12 };
  response.end(encodeEvent('metadata', { usage, metrics: { latencyMs: 1 } }));
}

/** Resolves when Bedrock could send nothing more for a while. */
async function stalled(): Promise<void> {
  let before = -1;
  let looks = 0;
  await until(() => {
    looks = sent > 0 && sent === before ? looks + 1 : 0;
    before = sent;
    return Promise.resolve(looks >= LOOKS);
  }, 'the stream to come to a halt');
}

describe('a client that does not read', () => {
  it('makes the gateway read no more, in bounded memory, and gets all when it goes on', async () => {
    asked = request(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      agent: false,
      headers: { authorization: `Bearer ${gateway.tenantKey}`, 'content-type': 'application/json' },
    });
    const messages = [{ role: 'user', content: 'Hello!' }];
    asked.end(JSON.stringify({ model: 'amazon.nova-lite-v1:0', stream: true, messages }));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    response.pause();
    await stalled();
    expect(sent * PIECE.length).toBeLessThan(BUFFERED_MAX);
    expect(await gateway.prisma.usageEvent.count()).toBe(0);

    let received = 0;
    let tail = '';
    for await (const chunk of response) {
      received += (chunk as Buffer).length;
      tail = (tail + String(chunk)).slice(-100);
    }
    expect(sent).toBe(PIECES);
    expect(received).toBeGreaterThan(PIECES * PIECE.length);
    expect(tail).toMatch(/data: \[DONE\]\n\n$/);
    const [event] = await gateway.prisma.usageEvent.findMany();
    expect(event).toMatchObject({ outcome: 'success', inputTokens: 5, outputTokens: 7, usageReported: true });
  });
});
