import { DropInApp } from '../support/drop-in-app.js';
import { events, textDelta, whole } from '../support/fake-answers.js';
import { streamAnswer, type ReplayedAnswer } from '../support/replayed-bedrock.js';

const NOVA_2 = 'us.amazon.nova-2-lite-v1:0';
/** By the prices below, for the 10 prompt tokens and 5 of answer that every answer here has. */
const TOKENS_PICO_USD = 10n * 1_000_000n + 5n * 2_000_000n;
const SEARCH_PICO_USD = 30_000_000_000n;

interface Row {
  unit_kind: string | null;
  unit_count: number | null;
  price_unit: string | null;
  cost_pico_usd: string | null;
  unpriced: boolean;
  outcome: string;
}

let app: DropInApp;

beforeAll(async () => {
  app = await DropInApp.start();
  const price = { model: 'amazon.nova-2-lite-v1:0', scope: 'us', input: '1', output: '2', per_query: '0.03' };
  await app.gateway.call('PUT', '/admin/v1/prices', { body: { data: [price] } });
});

afterAll(() => app.close());

beforeEach(() => app.reset());

const ran = (id: string, name: string) => ({
  toolUse: { toolUseId: id, name, type: 'server_tool_use', input: { query: 'ruby' } },
});
const found = (id: string) => ({ toolResult: { toolUseId: id, content: [{ text: 'page' }] } });

/** The same in the events of a stream. */
const start = (contentBlockIndex: number, name: string) => ({
  contentBlockStart: {
    contentBlockIndex,
    start: { toolUse: { toolUseId: `s${contentBlockIndex}`, name, type: 'server_tool_use' } },
  },
});
const stop = (contentBlockIndex: number) => ({ contentBlockStop: { contentBlockIndex } });

const WHOLE = [ran('a', 'nova_grounding'), found('a'), ran('b', 'nova_grounding'), found('b'), { text: 'It is 4.0.' }];

/** The one event of a call, whose answer is what the test says. */
async function eventOf(answer: ReplayedAnswer, fields: object): Promise<Row> {
  app.bedrock.answer = answer;
  const response = await app.openStream({ model: NOVA_2, web_search_options: {}, stream: false, ...fields });
  await response.text();
  const rows = await app.query<Row>('SELECT * FROM usage_events WHERE request_id = $1', [
    response.headers.get('x-request-id'),
  ]);
  expect(rows).toHaveLength(1);
  return rows[0] as Row;
}

describe('a search inside Bedrock', () => {
  it('is billed each time, beside the tokens', async () => {
    expect(await eventOf(whole(WHOLE as never), {})).toMatchObject({
      unit_kind: 'query',
      unit_count: 2,
      price_unit: String(SEARCH_PICO_USD),
      cost_pico_usd: String(TOKENS_PICO_USD + 2n * SEARCH_PICO_USD),
      unpriced: false,
    });
  });

  it('is billed in a stream', async () => {
    const blocks = [start(0, 'nova_grounding'), stop(0), textDelta(1, 'It is 4.0.'), stop(1)];
    expect(await eventOf(streamAnswer(events(blocks)), { stream: true })).toMatchObject({
      unit_kind: 'query',
      unit_count: 1,
      cost_pico_usd: String(TOKENS_PICO_USD + SEARCH_PICO_USD),
    });
  });

  it.each([
    ['an answer without one', [{ text: 'It is 4.0.' }]],
    ['code that ran', [ran('a', 'nova_code_interpreter'), found('a'), { text: '2' }]],
    ["a call of the client's own tool", [{ toolUse: { toolUseId: 'a', name: 'nova_grounding', input: {} } }]],
  ])('is not billed for %s', async (_name, content) => {
    expect(await eventOf(whole(content as never), {})).toMatchObject({
      unit_kind: null,
      unit_count: null,
      cost_pico_usd: String(TOKENS_PICO_USD),
    });
  });

  it('leaves the cost open where no price of a search is known', async () => {
    const event = await eventOf(whole(WHOLE as never), { model: 'us.amazon.nova-pro-v1:0' });
    expect(event).toMatchObject({
      unit_kind: 'query',
      unit_count: 2,
      price_unit: null,
      cost_pico_usd: null,
      unpriced: true,
    });
  });

  it('leaves the cost open where the answer broke off after one', async () => {
    const blocks = [{ messageStart: { role: 'assistant' } }, start(0, 'nova_grounding'), stop(0)];
    const event = await eventOf(streamAnswer(blocks), { stream: true });
    expect(event).toMatchObject({ outcome: 'truncated', cost_pico_usd: null, unpriced: true });
  });

  it('is in the sums of reports', async () => {
    const model = encodeURIComponent(NOVA_2);
    const { body } = await app.gateway.call('GET', `/admin/v1/usage?group_by=model&model=${model}&from=2020-01-01`);
    const picoUsd = 5n * TOKENS_PICO_USD + 3n * SEARCH_PICO_USD;
    expect(body.totals).toMatchObject({ attempts: 6, unpriced_attempts: 1, cost_usd: String(Number(picoUsd) / 1e12) });
  });
});
