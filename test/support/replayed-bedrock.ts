import { Readable } from 'node:stream';
import { BedrockRuntimeClient, type ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { BedrockConnection } from '../../src/bedrock/runtime/bedrock-connection.js';
import { SdkBedrockRuntime } from '../../src/bedrock/runtime/sdk-bedrock-runtime.js';
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

/** The transport of the SDK on such a client. */
export function sdkRuntimeOn(client: () => BedrockRuntimeClient): SdkBedrockRuntime {
  const identity = { kind: 'bearer', token: 'test' } as const;
  const connections = { connection: () => new BedrockConnection(client(), 'us-east-1', identity) };
  return new SdkBedrockRuntime(connections, { connectMs: 5_000, firstByteMs: 60_000, idleMs: 60_000 });
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
