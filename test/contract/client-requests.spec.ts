import { BARE_CONTEXT, modelEntry, prepareRequest } from '../support/prepare-request.js';
import { refusalOf } from '../support/bedrock-rules.js';
import { describeWithShared, readJsonLines } from '../support/shared-data.js';

const REQUESTS = 'cases/client-requests.jsonl';

interface ClientRequest {
  client: string;
  url: string;
  body: Record<string, unknown>;
}

/** The recorder replaced all prose, JSON text of arguments and the bytes of images, too. */
function restored({ body, ...others }: ClientRequest): ClientRequest {
  const text = JSON.stringify(body)
    .replaceAll(/"arguments":"<text:\d+>"/g, '"arguments":"{}"')
    .replaceAll(/"url":"(data:[^"]*,|)<[^">]*>"/g, '"url":"data:image/png;base64,iVBORw0KGgo="');
  return { ...others, body: JSON.parse(text) as ClientRequest['body'] };
}

const requests = readJsonLines<ClientRequest>(REQUESTS)
  .filter(({ url }) => url.endsWith('/chat/completions'))
  .map(restored);

/** One model of each way to serve tools, schemas and images. */
const MODELS = [
  'us.anthropic.claude-3-7-sonnet-20250219-v1:0',
  'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'us.anthropic.claude-opus-4-8',
  'us.anthropic.claude-opus-5-5',
  'us.amazon.nova-2-lite-v1:0',
  'us.openai.gpt-6-sol',
  'openai.gpt-oss-120b-1:0',
  'us.meta.llama4-maverick-17b-instruct-v1:0',
  'qwen.qwen3-vl-235b-a22b',
  'us.moonshotai.kimi-k3',
];

/** What a client gets a 400 for that names the field, as from OpenAI: the limit is the model's. */
const OVER_THE_LIMIT = /maximum tokens you requested exceed/;

function takesImages(model: string): boolean {
  return modelEntry(model).capabilities.images !== false;
}

describeWithShared(REQUESTS)('requests of real clients', () => {
  it.each(MODELS)('are understood for %s', (model) => {
    const served = requests.filter(({ body }) => takesImages(model) || !JSON.stringify(body).includes('data:image'));
    const refusals = served.flatMap(({ client, body }) => {
      const { input, replay } = prepareRequest(model, body, BARE_CONTEXT);
      const refusal = refusalOf(model, input, body['stream'] === true && !replay);
      return refusal === undefined || OVER_THE_LIMIT.test(refusal) ? [] : [`${client}: ${refusal}`];
    });
    expect(refusals).toEqual([]);
  });
});
