import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalEntry } from '../../src/sandbox/journal/journal.js';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';

const NOVA = '/model/amazon.nova-lite-v1%3A0/converse';
const SIGNED = `AWS4-HMAC-SHA256 Credential=key/20261122/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;

let sandbox: Sandbox;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  sandbox = await createSandbox({ journalFile: join(folder, 'journal.jsonl') });
});
afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => sandbox.journal.clear());

function question(text: string, more: object = {}): string {
  return JSON.stringify({ messages: [{ role: 'user', content: [{ text }] }], ...more });
}

function post(path: string, body: string, authorization: string | null = SIGNED): Promise<Response> {
  return fetch(sandbox.url + path, { method: 'POST', body, headers: authorization === null ? {} : { authorization } });
}

async function until<T>(probe: () => T | undefined): Promise<T> {
  for (;;) {
    const value = probe();
    if (value !== undefined) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the protocol of the sandbox', () => {
  it.each<[string, string | null, string, string]>([
    ['nothing', null, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    [
      'a strange header',
      'Basic abc',
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
    [
      'a signature for another service',
      SIGNED.replace('/bedrock/', '/s3/'),
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'bedrock'. ",
    ],
  ])('answers 403 to %s as authorization', async (_name, authorization, type, message) => {
    const response = await post(NOVA, question('x'), authorization);

    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toBe(
      `${type}:http://internal.amazon.com/coral/com.amazon.coral.service/`,
    );
    expect(await response.json()).toEqual({ message });
    expect(sandbox.journal.list()).toEqual([]);
  });

  it('takes a bearer token and an ARN whose slash is not encoded', async () => {
    const arn =
      '/model/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6/converse';
    const response = await post(arn, question('x'), 'Bearer bedrock-api-key-x');

    expect(response.status).toBe(200);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('names the error in a header and says why in the body', async () => {
    const response = await post(NOVA, question(' '));

    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe(
      'ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/',
    );
  });

  it.each([
    ['no JSON', '{', 'The request body is not valid JSON.'],
    [
      'a wrong type',
      question('x', { inferenceConfig: { maxTokens: 'many' } }),
      'STRING_VALUE can not be converted to a Float',
    ],
  ])('answers 400 to %s', async (_name, body, message) => {
    const response = await post(NOVA, body);

    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toMatch(/^SerializationException:/);
    expect(await response.json()).toEqual({ message });
  });

  it('does not know other paths', async () => {
    const response = await post('/model/x/no-such-operation', '{}');

    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      Output: { __type: 'com.amazon.coral.service#UnknownOperationException' },
    });
  });

  it('replays raw bytes and checks nothing', async () => {
    const bodyBase64 = Buffer.from([1, 2, 3]).toString('base64');
    const raw = { status: 418, headers: { 'Content-Type': 'application/x' }, bodyBase64 };
    await fetch(`${sandbox.url}/sandbox/script`, { method: 'POST', body: JSON.stringify({ raw }) });
    const response = await post('/model/no.such/converse', '{}');

    expect(response.status).toBe(418);
    expect(response.headers.get('content-type')).toBe('application/x');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from([1, 2, 3]));
  });

  it('replays raw bytes that a directive holds', async () => {
    const bodyBase64 = Buffer.from('recorded').toString('base64');
    const response = await post(NOVA, question(`[[sandbox: {"raw":{"status":503,"bodyBase64":"${bodyBase64}"}}]]`));

    expect([response.status, await response.text()]).toEqual([503, 'recorded']);
  });

  it('asks for a later retry when told so, and answers nothing when told so', async () => {
    sandbox.script.next({ fault: { kind: 'error', name: 'ThrottlingException', retryAfterSeconds: 7 } });
    sandbox.script.next({ fault: { kind: 'empty' } });
    const throttled = await post(NOVA, question('x'));
    const empty = await post(NOVA, question('x'));

    expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '7']);
    expect([empty.status, await empty.text()]).toEqual([200, '']);
  });

  it('refuses a directive and a script that it cannot read', async () => {
    const directive = await post(NOVA, question('[[sandbox: {"repy":"x"}]]'));
    const script = await fetch(`${sandbox.url}/sandbox/script`, { method: 'POST', body: '{"times":0}' });

    expect([directive.status, script.status]).toEqual([400, 400]);
    expect(((await directive.json()) as { message: string }).message).toContain('repy');
  });

  it('journals each attempt with what it generated', async () => {
    const more = { requestMetadata: { team: 'blue' } };
    const response = await post(NOVA, question('Hello there', more));
    await post(NOVA, question('x', { inferenceConfig: { temperature: 3 } }));
    const { entries } = (await (await fetch(`${sandbox.url}/sandbox/journal`)).json()) as { entries: JournalEntry[] };

    expect(entries).toMatchObject([
      {
        awsRequestId: response.headers.get('x-amzn-requestid'),
        operation: 'Converse',
        modelId: 'amazon.nova-lite-v1:0',
        baseModelId: 'amazon.nova-lite-v1:0',
        region: 'us-east-1',
        requestMetadata: { team: 'blue' },
        usage: { inputTokens: 6, outputTokens: 19, cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 },
        stopReason: 'end_turn',
        status: 200,
        errorType: null,
        clientGone: false,
      },
      { status: 400, errorType: 'ValidationException', usage: null },
    ]);
    const since = await fetch(`${sandbox.url}/sandbox/journal?since=${entries[0]?.sequence}`);
    expect(((await since.json()) as { entries: unknown[] }).entries).toHaveLength(1);
  });

  it('counts the whole generation when the client leaves', async () => {
    const body = question('x [[sandbox: {"chunks": 1000, "delayMs": 60000}]]');
    const socket = connect(sandbox.port, '127.0.0.1');
    socket.write(
      `POST ${NOVA}-stream HTTP/1.1\r\nHost: sandbox\r\nAuthorization: ${SIGNED}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    const entry = await until(() => sandbox.journal.list().find(({ endedAt }) => endedAt !== null));

    expect(entry).toMatchObject({ clientGone: true, usageReported: false, stopReason: 'end_turn' });
    expect(entry.usage?.outputTokens).toBeGreaterThan(1000);
  });

  it('writes ended attempts to its file', async () => {
    await post(NOVA, question('for the file'));
    const other = await createSandbox({
      journalFile: join(folder, 'other.jsonl'),
      invocationLogFile: join(folder, 'invocations.jsonl'),
    });
    await fetch(`${other.url}${NOVA}`, { method: 'POST', body: question('x'), headers: { authorization: SIGNED } });
    await other.close();
    const lines = readFileSync(join(folder, 'other.jsonl'), 'utf8').trim().split('\n');

    const invocation: unknown = JSON.parse(readFileSync(join(folder, 'invocations.jsonl'), 'utf8'));

    expect(lines.map((line) => (JSON.parse(line) as JournalEntry).sequence)).toEqual([1]);
    expect(invocation).toMatchObject({ schemaType: 'ModelInvocationLog', input: { inputTokenCount: 4 } });
  });

  it('forgets scripts, journal and cache on reset', async () => {
    sandbox.script.next({ reply: 'never' });
    await post(NOVA, question('x'));
    sandbox.script.next({ reply: 'never' });
    await fetch(`${sandbox.url}/sandbox/reset`, { method: 'POST' });

    expect([sandbox.script.pending, sandbox.journal.list()]).toEqual([0, []]);
  });
});
