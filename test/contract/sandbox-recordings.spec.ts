import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.js';

const RECORDINGS = fileURLToPath(new URL('../../../shared/recordings/given.jsonl', import.meta.url));

interface Recording {
  id: string;
  operation: string;
  model_id: string | null;
  provenance?: string[];
  request: { host?: string; path: string; body_json?: unknown };
  response: { status: number; body_b64?: string; error_type?: string | null };
}

const ACTIONS: Readonly<Record<string, string>> = {
  Converse: 'converse',
  ConverseStream: 'converse-stream',
  InvokeModel: 'invoke',
  InvokeModelWithResponseStream: 'invoke-with-response-stream',
};

/** Refusals that come from the state of an account or of a model at the time of the recording, not from the request. */
const OF_THEIR_TIME =
  /end of its life|model identifier is invalid|on-demand throughput|Could not resolve the resource|[Tt]oo many requests|capacity limit|security token|too long|guardrail identifier/;

const STRICTER = 'the sandbox stays with the documented rule, which other models still enforce';

/** Recordings that the sandbox does not follow, with the reason. */
const NOT_FOLLOWED: Readonly<Record<string, string>> = {
  'br-cb581689981c': `${STRICTER}: roles alternate`,
  'br-8159f608e78e': `${STRICTER}: roles alternate`,
  'br-aa25e29d7c76': `${STRICTER}: roles alternate`,
  'br-017fb8ddde79': `${STRICTER}: the first message is the user's`,
  'br-b895554b271c': 'the recorder shortened the text that was too long',
  'br-7f0017067b45': 'an odd refusal of S3 documents in tool results',
  'br-2653e5745a85': 'an odd refusal of S3 documents beside tool results',
  'br-abcc770f13d7': 'the text quotes a list that is not in the request',
};

function allRecordings(): Recording[] {
  return readFileSync(RECORDINGS, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Recording);
}

function converseRecordings(): Recording[] {
  return allRecordings().filter(
    ({ id, operation, request }) => operation.startsWith('Converse') && request.body_json && !(id in NOT_FOLLOWED),
  );
}

/** Native bodies of Claude's messages API; the older text API is gone. */
function messagesRecordings(): Recording[] {
  return allRecordings().filter(
    ({ operation, model_id: modelId, request: { body_json: body } }) =>
      operation.startsWith('InvokeModel') && /anthropic\.claude-/.test(modelId ?? '') && hasMessages(body),
  );
}

function hasMessages(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'messages' in body;
}

function messageOf(body: string | undefined): string {
  return (JSON.parse(Buffer.from(body ?? '', 'base64').toString()) as { message: string }).message;
}

async function send(sandbox: Sandbox, { request, model_id, operation }: Recording): Promise<string> {
  const region = /bedrock-runtime\.([a-z0-9-]+)\./.exec(request.host ?? '')?.[1] ?? 'us-east-1';
  const response = await fetch(`${sandbox.url}/model/${encodeURIComponent(model_id ?? '')}/${ACTIONS[operation]}`, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=recorded/20261122/${region}/bedrock/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
    },
    body: JSON.stringify(request.body_json),
  });
  const body = await response.text();
  return response.status === 200 ? 'accepted' : (JSON.parse(body) as { message: string }).message;
}

const isHere = existsSync(RECORDINGS);
if (!isHere) process.stdout.write('skipped: the recordings are not beside this repository\n');

(isHere ? describe : describe.skip)('the sandbox beside real recordings', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await createSandbox();
  });
  afterAll(() => sandbox.close());

  it('accepts what Bedrock accepted', async () => {
    const refused: string[] = [];
    let compared = 0;
    for (const recording of converseRecordings().filter(({ response }) => response.status === 200)) {
      const verdict = await send(sandbox, recording);
      if (OF_THEIR_TIME.test(verdict)) continue;
      compared += 1;
      if (verdict !== 'accepted') refused.push(`${recording.id} ${recording.model_id}: ${verdict}`);
    }

    expect(refused).toEqual([]);
    expect(compared).toBeGreaterThan(200);
    process.stdout.write(`${compared} recorded requests were accepted\n`);
  });

  it('accepts the native Claude messages that Bedrock accepted', async () => {
    const refused: string[] = [];
    let compared = 0;
    for (const recording of messagesRecordings().filter(({ response }) => response.status === 200)) {
      const verdict = await send(sandbox, recording);
      if (OF_THEIR_TIME.test(verdict)) continue;
      compared += 1;
      if (verdict !== 'accepted') refused.push(`${recording.id} ${recording.model_id}: ${verdict}`);
    }

    expect(refused).toEqual([]);
    expect(compared).toBeGreaterThan(50);
    process.stdout.write(`${compared} recorded native requests were accepted\n`);
  });

  it('refuses what Bedrock refused, in the same words', async () => {
    const different: string[] = [];
    let compared = 0;
    for (const recording of converseRecordings().filter(({ response }) => response.status === 400)) {
      const expected = messageOf(recording.response.body_b64);
      const verdict = await send(sandbox, recording);
      if (OF_THEIR_TIME.test(verdict)) continue;
      compared += 1;
      if (verdict !== expected) different.push(`${recording.id} ${recording.model_id}: ${expected} <> ${verdict}`);
    }

    expect(different).toEqual([]);
    process.stdout.write(`${compared} recorded refusals were repeated\n`);
  });
});
