import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { CuttableSockets } from './cuttable-sockets.js';

let server: Server;
let sockets: CuttableSockets;

/** A server that says something as often as this, or nothing. */
async function serve(everyMs?: number): Promise<number> {
  server = createServer((socket) => {
    const timer = everyMs === undefined ? undefined : setInterval(() => socket.write('.'), everyMs);
    socket.on('error', () => undefined).on('close', () => clearInterval(timer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  sockets.cut();
  await new Promise((resolve) => server.close(resolve));
});

const never = () => undefined;

describe(CuttableSockets.name, () => {
  it('ends one that has received nothing for too long, as the system would', async () => {
    sockets = new CuttableSockets(50, 10);
    const socket = sockets.open().connect(await serve(), '127.0.0.1');
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error).toMatchObject({ code: 'ETIMEDOUT', syscall: 'read' });
    expect(socket.destroyed).toBe(true);
  });

  it('leaves one alone that receives something in time', async () => {
    sockets = new CuttableSockets(200, 10);
    const socket = sockets
      .open()
      .connect(await serve(20), '127.0.0.1')
      .on('error', never);
    for (let pieces = 0; pieces < 20; pieces += 1) await once(socket, 'data');
    expect(socket.destroyed).toBe(false);
  });

  it('ends all of them, and those that are opened later', async () => {
    sockets = new CuttableSockets(60_000, 10);
    const port = await serve();
    const early = sockets.open().connect(port, '127.0.0.1');
    await once(early, 'connect');
    const cut = once(early, 'error');
    sockets.cut();
    expect(await cut).toMatchObject([{ code: 'ETIMEDOUT' }]);
    const late = sockets.open().connect(port, '127.0.0.1');
    expect(await once(late, 'error')).toMatchObject([{ code: 'ETIMEDOUT' }]);
  });
});
