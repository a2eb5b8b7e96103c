import { readFileSync } from 'node:fs';
import { Tiktoken } from 'js-tiktoken/lite';
import cl100k from 'js-tiktoken/ranks/cl100k_base';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { schemaErrors } from '../support/openai-schemas.js';
import { describeWithShared, sharedPath } from '../support/shared-data.js';

const GUIDE = 'seed/usage-guide.txt';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

/** The bodies of the guide's requests to one endpoint. */
function bodiesOf(endpoint: string): Record<string, unknown>[] {
  const requests = readFileSync(sharedPath(GUIDE), 'utf8').matchAll(
    new RegExp(String.raw`\$OPENAI_BASE_URL/${endpoint}\s[^']*-d '(\{.*?\})' ${'```'}`, 'gs'),
  );
  return [...requests].map(([, body = '']) => JSON.parse(body) as Record<string, unknown>);
}

describeWithShared(GUIDE)('the examples of the guide', () => {
  it.each(['v1', 'api/v1'])('list the models under /%s', async (prefix) => {
    const { status, body } = await gateway.call('GET', `/${prefix}/models`, { key: gateway.tenantKey });
    expect(status).toBe(200);
    const shown = { id: expect.any(String), created: expect.any(Number), object: 'model', owned_by: 'bedrock' };
    expect(body.data.length).toBeGreaterThan(10);
    for (const model of body.data) expect(model).toMatchObject(shown);
  });

  it.each(['v1', 'api/v1'])('embed by curl under /%s', async (prefix) => {
    const bodies = bodiesOf('embeddings');
    expect(bodies).toHaveLength(1);
    for (const request of bodies) {
      const { status, body } = await gateway.call('POST', `/${prefix}/embeddings`, {
        key: gateway.tenantKey,
        body: request,
      });
      expect([status, schemaErrors('embedding.list', body)]).toEqual([200, []]);
      expect(body.data[0].embedding.every(Number.isFinite)).toBe(true);
      expect(body.usage.prompt_tokens).toBeGreaterThan(0);
    }
  });

  it.each(['text-embedding-3-small', 'text-embedding-3-large'])(
    'embed by the official client with %s',
    async (model) => {
      const input = ['hello', 'This is a test document.'];
      const client = gateway.openai({ prefix: '/api/v1' });
      const [whole, numbers] = await Promise.all([
        client.embeddings.create({ input, model }),
        client.embeddings.create({ input, model, encoding_format: 'float' }),
      ]);
      expect(whole.data.map(({ index }) => index)).toEqual([0, 1]);
      expect(whole.data.map(({ embedding }) => embedding.length)).toEqual(
        numbers.data.map(({ embedding }) => embedding.length),
      );
      for (const [at, { embedding }] of whole.data.entries()) {
        expect(embedding[0]).toBeCloseTo(numbers.data[at]?.embedding[0] ?? Number.NaN, 5);
      }
    },
  );

  it('embed the integers that LangChain sends as the text that they stand for', async () => {
    const text = 'This is a test document.';
    const tokens = new Tiktoken(cl100k).encode(text);
    const model = 'text-embedding-3-large';
    const ofTokens = await gateway.openai().embeddings.create({ input: [tokens], model });
    const ofText = await gateway.openai().embeddings.create({ input: text, model });
    expect(ofTokens.data.map(({ embedding }) => embedding)).toEqual(ofText.data.map(({ embedding }) => embedding));
  });
});
