import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { LimitedExpressAdapter } from './limited-server.js';
import type { GatewayRequest } from './gateway-request.js';

const LIMITS = { headersTimeoutMs: 5_000, requestTimeoutMs: 5_000, keepAliveTimeoutMs: 5_000, maxHeaderKb: 16 };

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
});
