import type { Worker } from 'node:cluster';

interface Connection {
  /** Does nothing when it is closed. */
  close(): void;
}

/**
 * In the primary process: ends the connection that a worker was given last, and had not taken when it died. Node gives it
 * the next one only when it has told that it took this one, keeps it open until then, and forgets it with the worker: its
 * client would wait for ever. Source: https://github.com/nodejs/node/blob/v24.x/lib/internal/cluster/round_robin_handle.js
 */
export function endHandedConnection({ process }: Worker): void {
  const send = process.send.bind(process) as (...args: unknown[]) => boolean;
  let handed: Connection | undefined;
  process.send = (message: unknown, connection?: unknown, ...rest: unknown[]) => {
    if (isConnection(connection)) handed = connection;
    return send(message, connection, ...rest);
  };
  // With something not taken, a process that dies is never disconnected; before its end is known, it may be given more.
  process.once('exit', () => handed?.close());
  process.once('disconnect', () => handed?.close());
}

function isConnection(value: unknown): value is Connection {
  return typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function';
}
