import { AmazonRerankFamily } from '../../src/bedrock/rerank-families/amazon-rerank.family.js';
import { CohereRerankFamily } from '../../src/bedrock/rerank-families/cohere-rerank.family.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { RECORDINGS, toReplayedAnswer, type Recording } from '../support/recordings.js';
import { startReplayServer } from '../support/replay-server.js';
import { describeWithShared, readJsonLines } from '../support/shared-data.js';

const MODELS = [
  ['Cohere', 'cohere.rerank-v3-5:0', '2000000000'],
  ['Amazon', 'amazon.rerank-v1:0', '1000000000'],
] as const;
const COHERE = MODELS[0][1];
const DOCUMENTS = ['the weather in Paris', { text: 'apples and pears' }, { title: 'a red apple', body: 'apple pie' }];

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

function post(body: object, path = '/v1/rerank') {
  return gateway.call('POST', path, { key: gateway.tenantKey, body: { query: 'apple pie', ...body } });
}

function eventsOf(requestId: string | null) {
  return gateway.prisma.usageEvent.findMany({ where: { requestId: requestId ?? '' } });
}

describe.each(MODELS)('rerank with %s', (_name, model, price) => {
  it('orders the documents, metered by the query', async () => {
    const { status, body, headers } = await post({ model, documents: DOCUMENTS, top_n: 2, return_documents: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: expect.any(String), model, meta: { billed_units: { search_units: 1 } } });
    expect(body.results).toHaveLength(2);
    expect(body.results[0]).toEqual({
      index: 2,
      relevance_score: expect.any(Number),
      document: { text: JSON.stringify(DOCUMENTS[2]) },
    });
    expect(body.results[0].relevance_score).toBeGreaterThan(body.results[1].relevance_score);
    const events = await eventsOf(headers.get('x-request-id'));
    expect(events).toMatchObject([
      { operation: 'rerank', outcome: 'success', unitKind: 'query', unitCount: 1, inputTokens: null, unpriced: false },
    ]);
    expect(events[0]?.costPicoUsd?.toString()).toBe(price);
  });

  it('bills a query for each hundred documents', async () => {
    const documents = Array.from({ length: 201 }, (_, index) => `document ${index}`);
    const { body, headers } = await post({ model, documents });
    expect(body.results).toHaveLength(201);
    expect(body.results[0]).not.toHaveProperty('document');
    expect(body.meta.billed_units.search_units).toBe(3);
    expect(await eventsOf(headers.get('x-request-id'))).toMatchObject([{ unitCount: 3 }]);
  });
});

describe('rerank', () => {
  it('serves Cohere’s own path and names', async () => {
    const { status, body } = await post({ model: 'rerank-v3.5', documents: ['a', 'b'] }, '/v2/rerank');
    expect([status, body.model]).toEqual([200, COHERE]);
  });

  it.each<[string, object, string]>([
    ['no documents', { model: COHERE, documents: [] }, 'documents'],
    ['too many documents', { model: COHERE, documents: Array.from({ length: 1001 }, () => 'a') }, 'documents'],
    ['an empty query', { model: COHERE, documents: ['a'], query: '' }, 'query'],
    ['no results', { model: COHERE, documents: ['a'], top_n: 0 }, 'top_n'],
    ['a model of texts', { model: 'amazon.nova-lite-v1:0', documents: ['a'] }, 'model'],
    [
      'a limit that Amazon’s model has not',
      { model: MODELS[1][1], documents: ['a'], max_tokens_per_doc: 9 },
      'max_tokens_per_doc',
    ],
  ])('refuses %s', async (_name, body, param) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { error: { param } } });
  });

  it('passes on what Bedrock refuses, and records it as free', async () => {
    gateway.sandbox.script.next({ fault: { kind: 'error', name: 'ValidationException' } });
    const { status, body, headers } = await post({ model: COHERE, documents: ['a'] });
    expect([status, body.error.param]).toEqual([400, 'documents']);
    const [event] = await eventsOf(headers.get('x-request-id'));
    expect(event).toMatchObject({ outcome: 'error', unitCount: null, unpriced: false });
    expect(event?.costPicoUsd).toBe(0n);
  });

  it('says it in the words of each model', () => {
    const input = { query: 'q', documents: ['a'], resultsMax: 1 };
    expect(new CohereRerankFamily().toBody({ ...input, documentTokensMax: 9 })).toEqual({
      query: 'q',
      documents: ['a'],
      api_version: 2,
      top_n: 1,
      max_tokens_per_doc: 9,
    });
    expect(new AmazonRerankFamily().toBody(input)).toEqual({ query: 'q', documents: [{ text: 'a' }], top_n: 1 });
  });
});

const recorded = readJsonLines<Recording>(RECORDINGS).filter(({ model_id: id }) => id?.includes('rerank'));

describeWithShared(RECORDINGS)('recorded rerank', () => {
  it.each(recorded.map((recording) => [recording.id, recording] as const))('%s', async (_id, recording) => {
    const replay = await startReplayServer();
    replay.answer = toReplayedAnswer(recording);
    const replaying = await startTestGateway({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: replay.url });
    const { api_version: _version, ...request } = recording.request.body_json as Record<string, unknown>;
    const body = { model: recording.model_id, ...request };
    const answer = await replaying.call('POST', '/v1/rerank', { key: replaying.tenantKey, body });
    await replaying.close();
    await replay.close();
    expect(answer.body).toMatchObject({ ...(recording.response.body_json as object) });
    expect(replay.requests).toEqual([expect.objectContaining({ body: recording.request.body_json })]);
  });
});
