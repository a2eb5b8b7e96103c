import { FirstRun } from '../admin/first-run.js';
import type { ResolvedSettings, Settings } from '../config/app-config.js';
import { serve } from './serve.js';
import { requireFreePort } from './server.js';
import type { Serving } from './serving.js';
import { openSurroundings } from './surroundings.js';
import { startWorkers } from './worker-pool.js';

/** The gateway with everything that it started for itself: closing it also stops the sandbox and the embedded database. */
export interface Gateway extends Serving {
  readonly settings: ResolvedSettings;
}

/** Starts all that the settings ask for. Throws `StartupError`, and leaves nothing running, when something cannot. */
export async function startGateway(settings: Settings): Promise<Gateway> {
  await requireFreePort(settings.host, settings.port);
  await using stack = new AsyncDisposableStack();
  const surroundings = await openSurroundings(settings);
  stack.defer(() => surroundings.close());
  const start = settings.workers > 1 ? startWorkers : startHere;
  const { close, abandon, ...started } = await start(surroundings.settings);
  stack.defer(close);
  const resources = stack.move();
  return {
    ...started,
    settings: surroundings.settings,
    close: () => resources.disposeAsync(),
    abandon() {
      abandon();
      surroundings.abandon();
    },
  };
}

async function startHere(settings: ResolvedSettings): Promise<Serving> {
  const { app, port, close } = await serve(settings);
  const firstKeys = await app.get(FirstRun).create();
  return { port, firstKeys, close, abandon: () => undefined };
}
