import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Request, Response } from 'express';
import { Shutdown } from './shutdown.js';

let server: Server;
let shutdown: Shutdown;
let answers: ServerResponse[];

beforeEach(async () => {
  shutdown = new Shutdown();
  answers = [];
  server = createServer((request, response) => {
    shutdown.watch(request as Request, response as Response, () => {
      answers.push(response);
      response.write('half');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

describe(Shutdown.name, () => {
  it.each(['1.0', '1.1'])(
    'leaves no client of HTTP/%s in the belief that half an answer is all of it',
    async (version) => {
      const { port } = server.address() as AddressInfo;
      const client = connect(port, '127.0.0.1');
      const { promise: end, resolve } = Promise.withResolvers<string | undefined>();
      client
        .once('error', ({ code }: NodeJS.ErrnoException) => resolve(code))
        .once('end', () => resolve('in good order'));
      client.write(`GET / HTTP/${version}\r\nhost: x\r\n\r\n`);
      await new Promise<void>((received) => client.on('data', (data) => String(data).includes('half') && received()));
      shutdown.begin();
      shutdown.cut();
      expect(await end).toBe('ECONNRESET');
    },
  );
});
