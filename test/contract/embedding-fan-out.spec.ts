import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { until } from '../support/until.js';

const MODEL = 'amazon.titan-embed-text-v2:0';
const CONCURRENCY = 3;

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({ EMBEDDING_CONCURRENCY: String(CONCURRENCY) });
});

afterAll(() => gateway.close());

beforeEach(() => gateway.sandbox.journal.clear());

const journal = () => gateway.sandbox.journal.list();
/** Answered by the sandbox after some time. */
const slow = (text: string, ms: number) => `${text} [[sandbox: {"headersDelayMs":${ms}}]]`;

describe('a request that needs many calls', () => {
  it('never has more of them at the same time than the setting allows', async () => {
    const input = Array.from({ length: 30 }, (_, index) => `text ${index}`);
    await gateway.openai().embeddings.create({ model: MODEL, input });
    const moments = journal().flatMap(({ startedAt, endedAt }) => [
      { at: Date.parse(endedAt ?? ''), change: -1 },
      { at: Date.parse(startedAt), change: 1 },
    ]);
    // Within a millisecond the ends go first.
    moments.sort((left, right) => left.at - right.at || left.change - right.change);
    let running = 0;
    const most = Math.max(...moments.map(({ change }) => (running += change)));
    expect(journal()).toHaveLength(30);
    expect(most).toBeLessThanOrEqual(CONCURRENCY);
  });

  it('begins no further call after one has failed', async () => {
    const fault = 'bad [[sandbox: {"fault":{"kind":"error","name":"ValidationException"}}]]';
    const input = [fault, ...Array.from({ length: 40 }, (_, index) => `text ${index}`)];
    await expect(gateway.openai().embeddings.create({ model: MODEL, input })).rejects.toMatchObject({ status: 400 });
    expect(journal().length).toBeLessThanOrEqual(2 * CONCURRENCY);
  });

  it('begins no further call after the client has left', async () => {
    const input = Array.from({ length: 40 }, (_, index) => slow(`text ${index}`, 150));
    const leaving = new AbortController();
    const asked = gateway.openai().embeddings.create({ model: MODEL, input }, { signal: leaving.signal });
    await until(() => journal().length >= CONCURRENCY, 'the first calls');
    leaving.abort();
    await expect(asked).rejects.toThrow('aborted');
    await until(() => journal().every(({ endedAt }) => endedAt !== null), 'the end of what was begun');
    const begun = journal().length;
    const { data } = await gateway.openai().embeddings.create({ model: MODEL, input: 'after' });
    expect(data).toHaveLength(1);
    expect(journal().length).toBe(begun + 1);
    expect(begun).toBeLessThan(3 * CONCURRENCY);
  });
});

describe('a search by vectors', () => {
  it('finds the text that is most alike', async () => {
    const texts = ['How to bake bread at home', 'Invoices are paid within thirty days', 'The cat sleeps on the sofa'];
    const { data } = await gateway.openai().embeddings.create({ model: MODEL, input: [...texts, 'baking bread'] });
    const vectors = data.map(({ embedding }) => embedding);
    const query = vectors.at(-1) ?? [];
    const cosine = (vector: number[]) => vector.reduce((sum, value, at) => sum + value * (query[at] ?? 0), 0);
    const [bread = 0, ...others] = vectors.slice(0, -1).map(cosine);
    expect(bread).toBeGreaterThan(Math.max(...others) + 0.1);
    expect(cosine(query)).toBeCloseTo(1, 4);
  });
});
