import cluster from 'node:cluster';
import { FirstRun } from '../admin/first-run.js';
import { waitUpTo } from '../database/when-reachable.js';
import { logAsJson } from '../logging/log-as-json.js';
import { serve, type Served } from './serve.js';
import { explain } from './explain.js';
import type { ToPrimary, ToWorker } from './worker-messages.js';

/**
 * One of several processes that share a port. It obeys its primary process and not signals, which a terminal sends to
 * all of them; when the primary process is gone it ends in good order.
 */
export function runWorker(): void {
  let served: Promise<Served> | undefined;
  let stopped: Promise<void> | undefined;
  // The primary process may go while it waits for this one, whose requests go on all the same.
  const stop = () => (stopped ??= end());
  const end = async () => {
    await served?.then((serving) => serving.close());
    process.exit(0);
  };
  const start = async (message: Extract<ToWorker, { kind: 'serve' }>) => {
    logAsJson(message.settings);
    const wait = waitUpTo(message.settings.databaseStartWaitMs);
    served = serve(message.settings);
    const { app, port } = await served;
    const firstKeys = await app.get(FirstRun).create(wait);
    tell({ kind: 'ready', port, firstKeys });
  };
  // Without this, Node ends a worker at once whose primary process is gone.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => undefined);
  process.on('message', (message: ToWorker) => {
    if (message.kind === 'serve') void start(message).catch(fail);
    else if (message.kind === 'stop') void stop().catch(fail);
  });
  process.once('disconnect', () => void stop().catch(fail));
  tell({ kind: 'booted' });
}

function tell(message: ToPrimary): void {
  // The primary process may be gone, which is no failure of this one.
  process.send?.(message, undefined, undefined, () => undefined);
}

function fail(error: unknown): void {
  tell({ kind: 'failed', message: explain(error) });
  // The message goes through a pipe, which an immediate end would cut.
  setImmediate(() => process.exit(1));
}
