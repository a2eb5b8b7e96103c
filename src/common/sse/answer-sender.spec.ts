import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Response } from 'express';
import type { AppConfig } from '../../config/app-config.js';
import type { GatewayRequest } from '../http/gateway-request.js';
import { AnswerSender } from './answer-sender.js';

const PROMPT = { messages: ['a long prompt'] };

let server: Server;
let seen: unknown[];
/** How much had been seen when the memory of the request was given back. */
let released: unknown[];
/** The source says nothing before. */
let silence: Promise<void>;

/** Notes what is left of the request before the first chunk, and after it. */
async function* words(request: IncomingMessage): AsyncGenerator<string> {
  const body = () => (request as { body?: unknown }).body;
  await silence;
  seen.push(body());
  yield 'one';
  seen.push(body());
  yield 'two';
}

beforeEach(async () => {
  seen = [];
  released = [];
  silence = Promise.resolve();
  const sender = new AnswerSender({ streamBeginMs: 1 } as AppConfig);
  server = createServer((incoming, response) => {
    const held = { release: () => released.push(seen.length) };
    const request = Object.assign(incoming, { body: PROMPT, requestId: 'req_1', startedAt: 0, held });
    void sender.send(words(request), request as unknown as GatewayRequest, response as unknown as Response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

const ask = () => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

describe(AnswerSender.name, () => {
  it('lets go of the parsed request as soon as its stream begins', async () => {
    expect(await (await ask()).text()).toContain('data: "one"\n\ndata: "two"\n\ndata: [DONE]\n\n');
    expect(seen).toEqual([PROMPT, undefined]);
    expect(released).toEqual([1]);
  });

  it('keeps it for a stream that begins while its source still says nothing', async () => {
    const speech = Promise.withResolvers<void>();
    silence = speech.promise;
    const answer = await ask();
    expect(released).toEqual([]);
    speech.resolve();
    expect(await answer.text()).toMatch(/^: .*\n\ndata: "one"/);
    expect(seen).toEqual([PROMPT, undefined]);
    expect(released).toEqual([1]);
  });
});
