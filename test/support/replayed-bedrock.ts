import { Readable } from 'node:stream';
import { BedrockRuntimeClient, type ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { encodeEvent, encodeException } from '../../src/sandbox/framing/event-stream.js';

export interface ReplayedAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** The real SDK on top of an answer that was recorded or made up: everything but the network is real. */
export function bedrockAnswering({ status, headers, body }: ReplayedAnswer): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: {
      handle: () =>
        Promise.resolve({
          response: { statusCode: status, headers, body: Readable.from([body], { objectMode: false }) },
        }),
    },
  });
}

export function jsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): ReplayedAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** Events and exceptions as ConverseStream would frame them. */
export function streamAnswer(events: readonly (ConverseStreamOutput | Record<string, unknown>)[]): ReplayedAnswer {
  const frames = events.flatMap((event) =>
    Object.entries(event).map(([type, payload]) =>
      type.endsWith('Exception') ? encodeException(type, payload) : encodeEvent(type, payload),
    ),
  );
  return {
    status: 200,
    headers: { 'content-type': 'application/vnd.amazon.eventstream' },
    body: Buffer.concat(frames),
  };
}
