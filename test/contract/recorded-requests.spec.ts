import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '../../src/common/errors/gateway-error.js';
import { prepareRequest, toWire } from '../support/prepare-request.js';
import { describeWithShared, readJsonLines } from '../support/shared-data.js';
import { toOpenAiRequest } from '../support/to-openai-request.js';

const RECORDINGS = 'recordings/given.jsonl';

type Json = Record<string, unknown>;

interface Recording {
  id: string;
  operation: string;
  model_id: string | null;
  request: { body_json?: Json | null };
  response: { status: number };
}

/**
 * What a client of OpenAI's API cannot ask for, or the gateway answers differently on purpose. Each is told by the
 * recorded request itself.
 */
const EXCEPTIONS: readonly (readonly [reason: string, applies: (text: string, recording: Recording) => boolean])[] = [
  [
    'images have no name and videos no media type: Bedrock ignores both',
    (text) => /"name":"(rubypng|images)"|video\/mp4/.test(text),
  ],
  [
    'a conversation that the assistant opens gets a user message first, as the predecessor does',
    (text) => text.startsWith('{"messages":[{"role":"assistant"'),
  ],
  ['a document name that Bedrock documents as refused is made fit', (text) => text.includes('"name":"test-doc.pdf"')],
  ['what Bedrock refuses is repaired', (_text, { response }) => response.status === 400],
];

function isEmpty(value: unknown): boolean {
  return value == null || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Neighbours of the same role are one message. */
function merged(messages: readonly Json[]): Json[] {
  const turns: { role: unknown; content: unknown[] }[] = [];
  for (const { role, content } of messages) {
    const last = turns.at(-1);
    if (last?.role === role) {
      last?.content.push(...(content as unknown[]));
    } else {
      turns.push({ role, content: [...(content as unknown[])] });
    }
  }
  return turns;
}

/** Spellings that mean the same to Bedrock become one. */
function normal(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) {
    return (key === 'messages' ? merged(value as Json[]) : value).map((item) => normal(item));
  }
  if (typeof value !== 'object' || value === null) {
    return key === 'schema' && typeof value === 'string' ? JSON.parse(value) : value;
  }
  const { json, text, name, ...others } = value as Json;
  if (key === '' && json !== undefined && isEmpty(others)) {
    return { text: JSON.stringify(json) };
  }
  if (key === 'source' && typeof text === 'string') {
    return { bytes: Buffer.from(text).toString('base64') };
  }
  if (key === 'document' && typeof name === 'string') {
    return { ...(normal(others) as Json), name: name.replaceAll('_', '-') };
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([member, item]) => !(member === 'status' && item === 'success'))
      .filter(([member, item]) => !isEmpty(item) || ['input', 'auto', 'any'].includes(member))
      .map(([member, item]) => [member, normal(item, member)]),
  );
}

const recordings = readJsonLines<Recording>(RECORDINGS).filter(
  ({ operation, request, model_id: model }) =>
    (operation === 'Converse' || operation === 'ConverseStream') && request.body_json && model,
);

describeWithShared(RECORDINGS)('recorded requests, written back as OpenAI requests', () => {
  it('lead to the same Converse requests', async () => {
    const counts = new Map<string, number>();
    const different: unknown[] = [];
    for (const recording of recordings) {
      const body = recording.request.body_json as never;
      const reason = EXCEPTIONS.find(([, applies]) => applies(JSON.stringify(body), recording))?.[0];
      let sent: unknown;
      try {
        sent = (await toWire(prepareRequest(recording.model_id ?? '', toOpenAiRequest(body)))).body;
      } catch (error) {
        sent = error instanceof GatewayError ? `${error.param}: ${error.message}` : error;
      }
      const isSame = isDeepStrictEqual(normal(sent), normal(body));
      const isRefused = typeof sent === 'string' && recording.response.status === 400;
      const outcome = isSame ? 'equivalent' : isRefused ? 'refused by both' : (reason ?? 'different');
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (outcome === 'different') {
        different.push({
          id: recording.id,
          model: recording.model_id,
          status: recording.response.status,
          sent: normal(sent),
          recorded: normal(body),
        });
      }
    }
    for (const [outcome, count] of counts) {
      process.stdout.write(`${count} recorded requests: ${outcome}
`);
    }
    expect(different).toEqual([]);
  });
});
