import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Server, ServerResponse } from 'node:http';
import { LimitedExpressAdapter } from './limited-server.js';
import type { GatewayRequest } from './gateway-request.js';

const LIMITS = {
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 5_000,
  keepAliveTimeoutMs: 5_000,
  clientStallTimeoutMs: 0,
  maxHeaderKb: 16,
};
const STALL_MS = 50;
/** Beyond any pause of the system between two pieces, also on a busy machine. */
const LONG_STALL_MS = 2_000;
const PAUSE_MS = 10;
/** More than systems keep for a connection whose other end reads nothing. */
const LONG = Buffer.alloc(32 * 1024 * 1024);

describe(LimitedExpressAdapter.name, () => {
  it("counts the wait at the gate as the request's time", async () => {
    const adapter = new LimitedExpressAdapter(LIMITS);
    adapter.initHttpServer();
    let atGate = Number.NaN;
    let served = Number.NaN;
    adapter.setGate((request, _response, serve) => {
      atGate = (request as GatewayRequest).startedAt;
      serve();
    });
    adapter.get('/', (request: GatewayRequest, response: { end(): void }) => {
      served = request.startedAt;
      response.end();
    });
    const server = adapter.getHttpServer() as Server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await new Promise((resolve) => server.close(resolve));
    expect(atGate).toBeGreaterThan(0);
    expect(served).toBe(atGate);
  });

  it('lets as many connections wait to be accepted as systems allow', () => {
    const adapter = new LimitedExpressAdapter(LIMITS);
    adapter.initHttpServer();
    const server = adapter.getHttpServer() as Server;
    const listened: unknown[] = [];
    server.listen = (...args: unknown[]) => {
      listened.push(args[0]);
      return server;
    };
    adapter.listen(8080, '127.0.0.1', () => undefined);
    expect(listened).toEqual([{ port: 8080, host: '127.0.0.1', backlog: 4_096 }]);
  });

  describe('with a client that owes', () => {
    let server: Server;
    let client: Socket;

    afterEach(async () => {
      client.destroy();
      await new Promise((resolve) => server.close(resolve));
    });

    /** The answer to a client that has asked and reads nothing yet. */
    async function asked(clientStallTimeoutMs = STALL_MS): Promise<ServerResponse> {
      const adapter = new LimitedExpressAdapter({ ...LIMITS, clientStallTimeoutMs });
      adapter.initHttpServer();
      const response = Promise.withResolvers<ServerResponse>();
      adapter.get('/', (_request: unknown, answer: ServerResponse) => response.resolve(answer));
      server = adapter.getHttpServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      client = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
      client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      return response.promise;
    }

    it.each<[string, (response: ServerResponse) => unknown]>([
      ['a stream', (response) => response.write(LONG)],
      ['an answer', (response) => response.end(LONG)],
    ])('takes one that takes nothing of %s for gone', async (_name, answer) => {
      const response = await asked();
      answer(response);
      await once(response, 'close');
      expect(response.writableFinished).toBe(false);
    });

    it('waits with one for which there is nothing, and looks again when there is', async () => {
      const response = await asked();
      const [connection] = (await once(response, 'timeout')) as [Socket];
      expect(connection.destroyed).toBe(false);
      response.write(LONG);
      await once(response, 'close');
      expect(response.writableFinished).toBe(false);
    });

    it('lets one that takes something now and then have all of it', async () => {
      const response = await asked(LONG_STALL_MS);
      let pauses = 0;
      client.on('data', () => {
        pauses += 1;
        client.pause();
        setTimeout(() => client.resume(), PAUSE_MS);
      });
      response.end(LONG);
      client.resume();
      await once(response, 'close');
      expect(response.writableFinished).toBe(true);
      // All in all it took longer than a client may take nothing.
      expect(pauses * PAUSE_MS).toBeGreaterThan(2 * LONG_STALL_MS);
    });
  });
});
