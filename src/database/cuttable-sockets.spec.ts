import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { CuttableSockets } from './cuttable-sockets.js';

const { jest } = import.meta;
const TIMED_OUT = { code: 'ETIMEDOUT', syscall: 'read' };

let server: Server;
let accepted: Promise<Socket>;
let sockets: CuttableSockets;

beforeEach(async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'setTimeout'] });
  sockets = new CuttableSockets(150_000, 10_000);
  server = createServer((socket) => socket.on('error', () => undefined));
  accepted = once(server, 'connection').then(([socket]) => socket as Socket);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  sockets.cut();
  jest.useRealTimers();
  await new Promise((resolve) => server.close(resolve));
});

const connect = () => sockets.open().connect((server.address() as AddressInfo).port, '127.0.0.1');

describe(CuttableSockets.name, () => {
  it('ends one that has received nothing for too long, as the system would', async () => {
    const socket = connect();
    await once(socket, 'connect');
    const failed = once(socket, 'error');
    jest.advanceTimersByTime(149_000);
    expect(socket.destroyed).toBe(false);
    jest.advanceTimersByTime(1_000);
    expect(await failed).toMatchObject([TIMED_OUT]);
  });

  it('leaves one alone that has received something since', async () => {
    const socket = connect();
    jest.advanceTimersByTime(140_000);
    (await accepted).write('.');
    await once(socket, 'data');
    jest.advanceTimersByTime(150_000);
    expect(socket.destroyed).toBe(false);
    const failed = once(socket, 'error');
    jest.advanceTimersByTime(10_000);
    expect(await failed).toMatchObject([TIMED_OUT]);
  });

  it('leaves a silent one alone while something runs that takes longer', async () => {
    const socket = connect();
    const end = Promise.withResolvers<string>();
    const working = sockets.patiently(600_000, () => end.promise);
    jest.advanceTimersByTime(590_000);
    expect(socket.destroyed).toBe(false);
    const failed = once(socket, 'error');
    end.resolve('done');
    expect(await working).toBe('done');
    jest.advanceTimersByTime(10_000);
    expect(await failed).toMatchObject([TIMED_OUT]);
  });

  it('ends all of them, and those that are opened later', async () => {
    const early = connect();
    await once(early, 'connect');
    const cut = once(early, 'error');
    sockets.cut();
    expect(await cut).toMatchObject([TIMED_OUT]);
    expect(await once(connect(), 'error')).toMatchObject([TIMED_OUT]);
  });
});
