import { OpenAI, APIError } from 'openai';
import { Client } from 'pg';
import type { ChatCompletion, ChatCompletionChunk } from '../../src/openai/chat-completion.js';
import { startAccessApp, type AccessApp } from '../support/access-app.js';
import { assemble } from '../support/assemble.js';
import { schemaErrors } from '../support/openai-schemas.js';
import {
  errorTypeOf,
  listRecordings,
  RECORDINGS,
  toExpectedAnswer,
  toReplayedAnswer,
  toSeenAnswer,
  type ExpectedAnswer,
  type Recording,
} from '../support/recordings.js';
import { startReplayServer, type ReplayServer } from '../support/replay-server.js';
import { describeWithShared } from '../support/shared-data.js';

/** For recordings whose model is not known, or was misspelt on purpose. */
const ANY_MODEL = 'us.anthropic.claude-sonnet-4-6';

const recordings = [...listRecordings('Converse'), ...listRecordings('ConverseStream')];
const answered = recordings.filter(({ response }) => response.status === 200);
const refused = recordings.filter(({ response }) => response.status !== 200);

function modelOf({ model_id }: Recording): string {
  return /^(?:unknown|invalid-model|.*does-not-exist.*|.*:O)$/.test(model_id) ? ANY_MODEL : model_id;
}

/** By AWS's exception, what the client has to get. The gateway's own bad credentials are never the client's 401. */
function expectedStatus(recording: Recording): number {
  const { message = '' } = recording.response.body_json as { message?: string };
  switch (errorTypeOf(recording)) {
    case 'ValidationException':
      return message.includes('model identifier') ? 404 : 400;
    case 'UnrecognizedClientException':
    case 'InvalidSignatureException':
    case 'ExpiredTokenException':
      return 502;
    default:
      return recording.response.status;
  }
}

describeWithShared(RECORDINGS)('recorded exchanges through the running gateway', () => {
  let bedrock: ReplayServer;
  let gateway: AccessApp;
  let client: OpenAI;

  beforeAll(async () => {
    bedrock = await startReplayServer();
    gateway = await startAccessApp({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: bedrock.url, AWS_MAX_ATTEMPTS: '1' });
    client = new OpenAI({ apiKey: gateway.tenantKey, baseURL: `${gateway.baseUrl}/v1`, maxRetries: 0 });
  });

  afterAll(async () => {
    await gateway.close();
    await bedrock.close();
  });

  const request = { messages: [{ role: 'user' as const, content: 'Hello.' }] };

  async function whole(model: string): Promise<ExpectedAnswer> {
    const completion = (await client.chat.completions.create({ ...request, model })) as ChatCompletion;
    expect(schemaErrors('chat.completion', completion)).toEqual([]);
    return toSeenAnswer(completion, completion.usage, completion.choices[0]?.message.reasoning_content);
  }

  async function streamed(model: string): Promise<ExpectedAnswer> {
    const stream = await client.chat.completions.create({
      ...request,
      model,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: ChatCompletionChunk[] = [];
    for await (const chunk of stream) {
      expect(schemaErrors('chat.completion.chunk', chunk)).toEqual([]);
      chunks.push(chunk as ChatCompletionChunk);
    }
    const reasoning = chunks.map((chunk) => chunk.choices[0]?.delta.reasoning_content ?? '').join('');
    return toSeenAnswer(await assemble(chunks), chunks.at(-1)?.usage, reasoning);
  }

  it.each(answered.map((recording) => [recording.id, recording] as const))('answers %s', async (_id, recording) => {
    bedrock.answer = toReplayedAnswer(recording);
    const ask = recording.operation === 'Converse' ? whole : streamed;
    expect(await ask(modelOf(recording))).toEqual(toExpectedAnswer(recording));
    expect(bedrock.requests.at(-1)?.path).toMatch(recording.operation === 'Converse' ? /\/converse$/ : /-stream$/);
  });

  it.each(refused.flatMap((recording) => [true, false].map((stream) => [recording.id, stream, recording] as const)))(
    'passes on the refusal %s, streamed: %s',
    async (_id, stream, recording) => {
      const answer = toReplayedAnswer(recording);
      bedrock.answer = answer;
      const asking = client.chat.completions.create({ ...request, model: modelOf(recording), stream });
      const error: unknown = await asking.catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(APIError);
      const { status, error: body, headers } = error as APIError;
      expect(status).toBe(expectedStatus(recording));
      expect(schemaErrors('error', { error: body })).toEqual([]);
      expect(JSON.stringify(body)).not.toMatch(/arn:|\d{12}/);
      expect(headers?.get('x-aws-request-id') ?? undefined).toBe(answer.headers['x-amzn-requestid']);
    },
  );

  it('wrote one event for each, with the recorded usage', async () => {
    const ledger = new Client({ connectionString: gateway.database.url });
    await ledger.connect();
    const { rows } = await ledger.query<{ outcome: string; events: number; input: number; output: number }>(
      `SELECT outcome, count(*)::int AS events, sum(input_tokens + coalesce(cache_read_tokens, 0)
         + coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0))::int AS input,
         sum(output_tokens)::int AS output
       FROM usage_events GROUP BY outcome ORDER BY outcome`,
    );
    await ledger.end();
    const usages = answered.map((recording) => toExpectedAnswer(recording).usage);
    expect(rows).toEqual([
      { outcome: 'error', events: 2 * refused.length, input: null, output: null },
      {
        outcome: 'success',
        events: answered.length,
        input: usages.reduce((sum, { prompt }) => sum + prompt, 0),
        output: usages.reduce((sum, { completion }) => sum + completion, 0),
      },
    ]);
    process.stdout.write(`recordings replayed: ${answered.length} answers, ${refused.length} refusals\n`);
  });
});
