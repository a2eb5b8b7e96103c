import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectGarbage } from '../../../../test/support/collect-garbage.js';
import { HttpSender } from './http-sender.js';

describe(HttpSender.name, () => {
  it('lets go of a large body once it is sent, while the answer goes on', async () => {
    let received = 0;
    const server = createServer((request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.length));
      request.on('end', () => response.flushHeaders());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const sender = new HttpSender({ connectMs: 60_000, firstByteMs: 60_000, idleMs: 60_000 }, undefined);
    const answered = Promise.withResolvers<number>();
    const sent = (() => {
      const body = Buffer.alloc(1_000_000, 'a');
      sender.post(
        { origin, path: '/', headers: {}, body, signal: undefined },
        {
          head: ({ status }) => answered.resolve(status),
          data: () => undefined,
          end: () => undefined,
          failed: answered.reject,
        },
      );
      return new WeakRef(body);
    })();
    expect(await answered.promise).toBe(200);
    expect(received).toBe(1_000_000);
    await collectGarbage();
    expect(sent.deref()).toBeUndefined();
    await sender.destroy();
    server.closeAllConnections();
    server.close();
  });
});
