import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Frees what nothing holds. What a `WeakRef` was read for stays until the turn of the event loop has ended. */
export async function collectGarbage(): Promise<void> {
  await new Promise(setImmediate);
  collect();
}
