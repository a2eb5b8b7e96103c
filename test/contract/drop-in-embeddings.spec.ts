import { DropInApp } from '../support/drop-in-app.js';
import { jsonAnswer } from '../support/replayed-bedrock.js';

const COHERE = 'cohere.embed-multilingual-v3';
const TITAN = 'amazon.titan-embed-text-v2:0';
const NOVA = 'amazon.nova-2-multimodal-embeddings-v1:0';
/** Little-endian float32 of 0.1 and 0.2. */
const BASE64 = 'zczMPc3MTD4=';
const VECTOR = [0.1, 0.2];

/** One vector per text in the words of each family. */
const ANSWERS: Readonly<Record<string, object>> = {
  cohere: { embeddings: [VECTOR], response_type: 'embeddings_floats' },
  titan: { embedding: VECTOR, inputTextTokenCount: 3 },
  nova: { embeddings: [{ embeddingType: 'TEXT', embedding: VECTOR }] },
};

/** The rest of the cases of the predecessor's behaviour table; see the other files of this name. */
describe('the predecessor’s behaviour: embeddings', () => {
  let app: DropInApp;

  beforeAll(async () => {
    app = await DropInApp.start();
  });

  afterAll(() => app.close());

  beforeEach(() => {
    app.reset();
    app.bedrock.answer = (path) => {
      const family = Object.keys(ANSWERS).find((name) => path.includes(name)) ?? '';
      return jsonAnswer(200, ANSWERS[family], { 'x-amzn-bedrock-input-token-count': '3' });
    };
  });

  function embed(body: object) {
    return app.post(body, '/v1/embeddings');
  }

  function sentBodies(): unknown[] {
    return app.bedrock.requests.map(({ body }) => body);
  }

  it('94: text-embedding-3-small is the default model', async () => {
    const { status, body } = await embed({ model: 'text-embedding-3-small', input: 'a' });
    expect([status, body.model]).toEqual([200, COHERE]);
    expect(sentBodies()).toEqual([expect.objectContaining({ texts: ['a'], input_type: 'search_document' })]);
  });

  it('95: texts for Cohere are one call, and their tokens come from the header', async () => {
    app.bedrock.answer = jsonAnswer(200, { embeddings: [VECTOR, VECTOR] }, { 'x-amzn-bedrock-input-token-count': '7' });
    const { body } = await embed({ model: COHERE, input: ['a', 'b'], input_type: 'search_query' });
    expect(body.data.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
    expect(body.usage).toEqual({ prompt_tokens: 7, total_tokens: 7 });
    expect(sentBodies()).toEqual([expect.objectContaining({ texts: ['a', 'b'], input_type: 'search_query' })]);
  });

  it.each([COHERE, TITAN, NOVA])('96: tokens for %s are the text that they stand for', async (model) => {
    expect((await embed({ model, input: [15339] })).status).toBe(200);
    expect(JSON.stringify(sentBodies())).toContain('"hello"');
  });

  it.each([COHERE, TITAN, NOVA])('97: base64 of %s is little-endian float32', async (model) => {
    const { body } = await embed({ model, input: 'a', encoding_format: 'base64' });
    expect(body.data[0].embedding).toBe(BASE64);
  });

  it('98: two texts for Titan are two calls, in order, with the sum of their tokens', async () => {
    const { body } = await embed({ model: TITAN, input: ['a', 'b'] });
    expect(body.data.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
    expect(body.usage.prompt_tokens).toBe(6);
    expect(app.bedrock.requests).toHaveLength(2);
  });

  it('99: Titan v2 is told the dimensions', async () => {
    await embed({ model: TITAN, input: 'a', dimensions: 256 });
    expect(sentBodies()).toEqual([expect.objectContaining({ inputText: 'a', dimensions: 256 })]);
  });

  it.each([
    [384, 384],
    [undefined, 3072],
  ])('100: dimensions %s for Nova are %s', async (dimensions, expected) => {
    await embed({ model: NOVA, input: 'a', dimensions });
    expect(JSON.stringify(sentBodies())).toContain(`"embeddingDimension":${expected}`);
  });

  it('100: dimensions that Nova does not have are a 400', async () => {
    const { status, body } = await embed({ model: NOVA, input: 'a', dimensions: 512 });
    expect([status, body.error.param]).toEqual([400, 'dimensions']);
  });

  it.each([[[]], ['']])('101: the input %j is a 400', async (input) => {
    const { status, body } = await embed({ model: COHERE, input });
    expect([status, body.error.param]).toEqual([400, 'input']);
    expect(app.bedrock.requests).toEqual([]);
  });

  it.each(['cohere.embed-v4:0', 'us.cohere.embed-v4:0'])('102: %s is served', async (model) => {
    app.bedrock.answer = jsonAnswer(
      200,
      { embeddings: { float: [VECTOR] } },
      { 'x-amzn-bedrock-input-token-count': '3' },
    );
    const { status, body } = await embed({ model, input: 'a' });
    expect([status, body.data?.[0]?.embedding]).toEqual([200, VECTOR]);
  });
});
