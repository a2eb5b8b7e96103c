import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { sendEventStream } from '../../src/common/sse/event-stream.js';

const nothing = () => undefined;

/** Sends a stream to a client that reads it, whose texts come as they are written. Throws what comes before the first. */
export async function readEventStream(source: AsyncIterable<unknown>): Promise<PassThrough> {
  const client = Object.assign(new PassThrough({ encoding: 'utf8' }), { writeHead: () => undefined });
  const options = {
    beginMs: 0,
    heartbeatMs: 60_000,
    onFirstFrame: nothing,
    onFirstChunk: nothing,
    onFailure: nothing,
  };
  await sendEventStream(source, client as unknown as ServerResponse, options);
  return client;
}
