import { AIP_45, DropInApp, M45, user } from '../support/drop-in-app.js';
import { exception } from '../support/fake-answers.js';
import { startAccessApp } from '../support/access-app.js';
import { startReplayServer } from '../support/replay-server.js';

/**
 * What a client of the predecessor may rely on: the cases of its behaviour table by their numbers. Where a case
 * differs from the predecessor on purpose, the new behaviour is what is checked.
 */
describe('the predecessor’s behaviour: models', () => {
  let app: DropInApp;

  beforeAll(async () => {
    app = await DropInApp.start();
  });

  afterAll(() => app.close());

  beforeEach(() => app.reset());

  describe('auth, routing, models', () => {
    it('1: a valid key opens every route', async () => {
      expect((await app.read('/v1/models')).status).toBe(200);
      expect((await app.post({ messages: [user('hi')] })).status).toBe(200);
    });

    it.each([null, 'sk-wrong'])('2: the key %s is a 401 in OpenAI’s shape', async (key) => {
      const { status, body, headers } = await app.read('/v1/models', key);
      expect(status).toBe(401);
      expect(body.error).toMatchObject({ type: 'invalid_request_error', param: null, message: expect.any(String) });
      expect(headers.get('www-authenticate')).toBe('Bearer');
    });

    it.each(['/api/v1', '/v1', '/openai/v1'])('3: %s is served', async (prefix) => {
      expect((await app.post({ messages: [user('hi')] }, `${prefix}/chat/completions`)).status).toBe(200);
      expect((await app.read(`${prefix}/models`)).status).toBe(200);
    });

    it('4: the list has foundation models, system profiles and application profiles, and stays the same', async () => {
      const [first, second] = [await app.read('/v1/models'), await app.read('/v1/models')];
      expect(first.body).toEqual(second.body);
      expect(first.body.object).toBe('list');
      const ids = first.body.data.map(({ id }: { id: string }) => id);
      expect(ids).toEqual(expect.arrayContaining(['amazon.nova-lite-v1:0', M45, AIP_45.split(':').at(-1)]));
      expect(first.body.data[0]).toMatchObject({ object: 'model', created: expect.any(Number), owned_by: 'bedrock' });
    });

    it('5: a model by its id', async () => {
      expect((await app.read(`/v1/models/${M45}`)).body).toMatchObject({ id: M45, object: 'model' });
    });

    it('6: an unknown model is a 404', async () => {
      const { status, body } = await app.read('/v1/models/nope');
      expect([status, body.error.code]).toEqual([404, 'model_not_found']);
    });

    it.each([AIP_45, encodeURIComponent(AIP_45)])('7: the application profile %s', async (id) => {
      expect((await app.read(`/v1/models/${id}`)).body).toMatchObject({ id: AIP_45 });
    });

    it.each([true, false])('8: an unlisted model is an error before any byte, streamed: %s', async (stream) => {
      const error = await app.refused({ model: 'anthropic.nope-v9:0', stream });
      expect(error).toMatchObject({ status: 404, code: 'model_not_found' });
    });

    it('9: gpt-4o is the default model, gpt-oss is not', async () => {
      expect((await app.post({ model: 'gpt-4o', messages: [user('hi')] })).body.model).toBe(M45);
      expect(app.bedrock.requests.at(-1)?.path).toContain(encodeURIComponent(M45));
      await app.post({ model: 'openai.gpt-oss-120b-1:0', messages: [user('hi')] });
      expect(app.bedrock.requests.at(-1)?.path).toContain('gpt-oss-120b');
    });

    it('10: no model is the default model', async () => {
      expect((await app.post({ messages: [user('hi')] })).body.model).toBe(M45);
    });

    it('11: a model that cannot chat is a 400 that names it', async () => {
      const { status, body } = await app.post({ model: 'cohere.rerank-v3-5:0', messages: [user('hi')] });
      expect([status, body.error.param, body.error.code]).toEqual([400, 'model', 'model_not_supported']);
      expect(app.bedrock.requests).toEqual([]);
    });

    it('12: foundation models are listed though profiles are denied', async () => {
      const denying = await startReplayServer();
      const proxied = await startAccessApp(
        { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: app.bedrock.url, AWS_ENDPOINT_URL_BEDROCK: denying.url },
        app.gateway,
      );
      denying.answer = (path) =>
        path.startsWith('/foundation-models')
          ? {
              status: 200,
              headers: { 'content-type': 'application/json' },
              body: Buffer.from(
                JSON.stringify({
                  modelSummaries: [
                    {
                      modelId: 'amazon.nova-lite-v1:0',
                      modelArn: 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0',
                      outputModalities: ['TEXT'],
                      inputModalities: ['TEXT'],
                      inferenceTypesSupported: ['ON_DEMAND'],
                      responseStreamingSupported: true,
                      modelLifecycle: { status: 'ACTIVE' },
                    },
                  ],
                }),
              ),
            }
          : exception('AccessDeniedException', 403, 'no');
      const { status, body } = await proxied.call('GET', '/v1/models', { key: app.gateway.tenantKey });
      await proxied.close();
      await denying.close();
      expect([status, body.data.map(({ id }: { id: string }) => id)]).toEqual([200, ['amazon.nova-lite-v1:0']]);
    });
  });
});
