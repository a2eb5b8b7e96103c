import { FirstRun } from '../admin/first-run.js';
import type { ResolvedSettings, Settings } from '../config/app-config.js';
import { waitUpTo, type DatabaseWait } from '../database/when-reachable.js';
import { serve } from './serve.js';
import { requireFreePort } from './server.js';
import type { Serving } from './serving.js';
import { openSurroundings } from './surroundings.js';
import { startWorkers } from './worker-pool.js';

/** The gateway with everything that it started for itself: closing it also stops the sandbox and the embedded database. */
export interface Gateway extends Serving {
  readonly settings: ResolvedSettings;
}

/**
 * Starts all that the settings ask for. Throws `StartupError`, and leaves nothing running, when something cannot.
 * @param signal ends a wait for the database
 */
export async function startGateway(settings: Settings, signal?: AbortSignal): Promise<Gateway> {
  await requireFreePort(settings.host, settings.port);
  await using stack = new AsyncDisposableStack();
  const wait = waitUpTo(settings.databaseStartWaitMs, signal);
  const surroundings = await openSurroundings(settings, wait);
  stack.defer(() => surroundings.close());
  const start = settings.workers > 1 ? startWorkers : startHere;
  const serving = await start(surroundings.settings, wait);
  stack.defer(() => serving.close());
  const resources = stack.move();
  return {
    port: serving.port,
    firstKeys: serving.firstKeys,
    settings: surroundings.settings,
    close: () => resources.disposeAsync(),
    abandon() {
      serving.abandon();
      surroundings.abandon();
    },
  };
}

async function startHere(settings: ResolvedSettings, wait: DatabaseWait): Promise<Serving> {
  await using stack = new AsyncDisposableStack();
  const served = await serve(settings);
  stack.defer(() => served.close());
  const firstKeys = await served.app.get(FirstRun).create(wait);
  const resources = stack.move();
  return { port: served.port, firstKeys, close: () => resources.disposeAsync(), abandon: () => undefined };
}
