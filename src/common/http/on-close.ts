import type { ServerResponse } from 'node:http';

const waiting = new WeakMap<ServerResponse, (() => void)[]>();

/**
 * Calls back once, when the answer has been sent or its client has left; at once where that has been. All who wait for
 * the same answer share one listener: Node takes more than ten of them for a leak.
 */
export function onClose(response: ServerResponse, callback: () => void): void {
  if (response.closed) {
    callback();
    return;
  }
  const known = waiting.get(response);
  if (known !== undefined) {
    known.push(callback);
    return;
  }
  const callbacks = [callback];
  waiting.set(response, callbacks);
  response.once('close', () => {
    for (const call of callbacks) call();
  });
}
