import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';

/** A listener that never accepts: once its queue is full, the kernel drops whoever knocks. */
const NEVER_ACCEPTS = `
  const { createServer } = require('node:net');
  const { parentPort } = require('node:worker_threads');
  const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;
/** A queue of one takes two. Source: listen(2) of Linux. */
const QUEUE = 2;

export interface BlackHole {
  port: number;
  close(): Promise<void>;
}

/** An address where no connection is ever made, nor refused. */
export async function openBlackHole(): Promise<BlackHole> {
  const worker = new Worker(NEVER_ACCEPTS, { eval: true });
  const [port] = (await once(worker, 'message')) as [number];
  const knocking = Array.from({ length: QUEUE }, () => connect(port, '127.0.0.1'));
  await Promise.all(knocking.map((socket) => once(socket, 'connect')));
  return {
    port,
    async close() {
      for (const socket of knocking) socket.on('error', () => undefined).destroy();
      await worker.terminate();
    },
  };
}
