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

/** The sandbox counts four bytes as a token. */
const tokens = (count: number) => 'abcd'.repeat(count);

describe('the quota steward', () => {
  it('limits what nobody has limited, doubles after a cut, and keeps what a client names', async () => {
    for (let answer = 0; answer < 20; answer += 1) await ask('short');
    expect(await ask(tokens(3_000))).toEqual(['length', 1_024]);
    expect(await ask(tokens(3_000))).toEqual(['length', 2_048]);
    expect(await ask(tokens(3_000))).toEqual(['stop', 3_000]);
    expect(await ask(tokens(9_000), { max_tokens: 8_000 })).toEqual(['length', 8_000]);
  });
});
