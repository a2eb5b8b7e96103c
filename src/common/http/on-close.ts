import type { ServerResponse } from 'node:http';

const WAITING = Symbol('waiting');

/** A `WeakMap` of answers would keep each until the next full collection: what it holds for one leads back to it. */
interface WaitedFor extends ServerResponse {
  [WAITING]?: (() => void)[];
}

/**
 * Calls back once, when the answer has been sent or its client has left; at once where that has been. All who wait for
 * the same answer share one listener: Node takes more than ten of them for a leak.
 */
export function onClose(response: WaitedFor, callback: () => void): void {
  if (response.closed) {
    callback();
    return;
  }
  const known = response[WAITING];
  if (known !== undefined) {
    known.push(callback);
    return;
  }
  const callbacks = [callback];
  response[WAITING] = callbacks;
  response.once('close', () => {
    for (const call of callbacks) call();
  });
}
