import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { RECORDINGS, toReplayedAnswer, type Recording } from '../support/recordings.js';
import { startReplayServer } from '../support/replay-server.js';
import { describeWithShared, readJsonLines } from '../support/shared-data.js';

const MODEL = 'global.anthropic.claude-sonnet-4-6';
const MESSAGES = [{ role: 'user', content: 'How many tokens are these?' }];

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

function post(body: object) {
  return gateway.call('POST', '/v1/tokens/count', { key: gateway.tenantKey, body });
}

describe('token counts', () => {
  it('tells what a chat with the same body is then billed', async () => {
    const tool = { type: 'function', function: { name: 'now', parameters: { type: 'object', properties: {} } } };
    const body = { model: MODEL, messages: [{ role: 'system', content: 'Be brief.' }, ...MESSAGES], tools: [tool] };
    const counted = await post(body);
    expect(counted.status).toBe(200);
    const { body: chat } = await gateway.call('POST', '/v1/chat/completions', { key: gateway.tenantKey, body });
    expect(counted.body).toEqual({ object: 'token_count', model: MODEL, input_tokens: chat.usage.prompt_tokens });
  });

  it('asks for the foundation model, and writes nothing down', async () => {
    const { headers } = await post({ model: MODEL, messages: MESSAGES });
    const entry = gateway.sandbox.journal.list().findLast(({ operation }) => operation === 'CountTokens');
    expect(entry?.modelId).toBe('anthropic.claude-sonnet-4-6');
    const requestId = headers.get('x-request-id') ?? '';
    expect(await gateway.prisma.usageEvent.count({ where: { requestId } })).toBe(0);
  });

  it("takes files in S3 as far as chat does: by the tenant's list", async () => {
    const tenant = await gateway.call('POST', '/admin/v1/tenants', {
      body: { name: 'files', allowed_s3_locations: ['s3://team/in/'] },
    });
    const { body: issued } = await gateway.call('POST', `/admin/v1/tenants/${tenant.body.id}/keys`, {
      body: { name: 'a' },
    });
    const count = (file: string) => {
      const content = [
        { type: 'text', text: 'What is this?' },
        { type: 'file', file: { file_data: file } },
      ];
      const call = { id: 'c', type: 'function', function: { name: 'read', arguments: '{}' } };
      const asked = [
        { role: 'user', content: 'Read it.' },
        { role: 'assistant', content: null, tool_calls: [call] },
      ];
      const body = { model: MODEL, messages: [...asked, { role: 'tool', tool_call_id: 'c', content }] };
      return gateway.call('POST', '/v1/tokens/count', { key: issued.key, body });
    };
    expect((await count('s3://team/in/a.pdf')).status).toBe(200);
    expect(await count('s3://any/a.pdf')).toMatchObject({
      status: 400,
      body: { error: { param: 'messages[2].content[1].file.file_data' } },
    });
  });

  it.each<[string, object, number, string]>([
    [
      'a model that Bedrock does not count for',
      { model: 'us.amazon.nova-lite-v1:0', messages: MESSAGES },
      400,
      'model',
    ],
    ['a model that does not exist', { model: 'acme.nothing-v1', messages: MESSAGES }, 404, 'model'],
    ['no messages', { model: MODEL }, 400, 'messages'],
  ])('refuses %s', async (_name, body, status, param) => {
    expect(await post(body)).toMatchObject({ status, body: { error: { param } } });
  });
});

interface CountInput {
  input: { converse?: { messages: { role: string; content: { text?: string }[] }[] } };
}

const recorded = readJsonLines<Recording>(RECORDINGS).filter(
  ({ operation, response, request }) =>
    operation === 'CountTokens' && response.status === 200 && (request.body_json as CountInput).input.converse,
);

describeWithShared(RECORDINGS)('recorded counts', () => {
  it('are there', () => expect(recorded.length).toBeGreaterThan(2));

  it('answer with the count of the recording', async () => {
    const replay = await startReplayServer();
    const replaying = await startTestGateway({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: replay.url });
    const counts: unknown[] = [];
    for (const recording of recorded) {
      replay.answer = toReplayedAnswer(recording);
      const messages = (recording.request.body_json as CountInput).input.converse?.messages.map((message) => ({
        role: message.role,
        content: message.content.map(({ text = '' }) => text).join(''),
      }));
      const body = { model: recording.model_id, messages };
      const answer = await replaying.call('POST', '/v1/tokens/count', { key: replaying.tenantKey, body });
      counts.push({ inputTokens: answer.body.input_tokens });
    }
    await replaying.close();
    await replay.close();
    expect(counts).toEqual(recorded.map(({ response }) => response.body_json));
  });
});
