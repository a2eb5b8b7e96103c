import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReplayedAnswer } from './replayed-bedrock.js';

/** Decides by the path, or writes piece by piece. */
export type Responder = (path: string, response: ServerResponse) => ReplayedAnswer | undefined;

/** A Bedrock endpoint that gives the answers it was handed, byte for byte. */
export interface ReplayServer {
  readonly url: string;
  /** The answer of the next requests, until another one is set. */
  answer: ReplayedAnswer | Responder;
  /** Paths and bodies of what was asked, in order. */
  readonly requests: { path: string; body: unknown }[];
  close(): Promise<void>;
}

export async function startReplayServer(): Promise<ReplayServer> {
  const replay = { answer: { status: 500, headers: {}, body: Buffer.alloc(0) }, requests: [] } as Pick<
    ReplayServer,
    'answer' | 'requests'
  >;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const text = Buffer.concat(chunks).toString();
      replay.requests.push({ path, body: text === '' ? undefined : JSON.parse(text) });
      const answer = typeof replay.answer === 'function' ? replay.answer(path, response) : replay.answer;
      if (answer !== undefined) {
        const { 'transfer-encoding': _framing, 'content-encoding': _encoding, ...headers } = answer.headers;
        response.writeHead(answer.status, headers).end(answer.body);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(replay, {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}
