import type { ResolvedSettings, Settings } from '../config/app-config.js';
import type { DatabaseWait } from '../database/when-reachable.js';
import { openDatabase } from './open-database.js';
import { openSandbox } from './open-sandbox.js';

/** What a gateway needs around it, and the settings that lead there. */
export interface Surroundings {
  settings: ResolvedSettings;
  close(): Promise<void>;
  /** Tells what outlives this process to stop, without waiting for it. */
  abandon(): void;
}

/** A migrated database and a Bedrock. Throws `StartupError`, and leaves nothing running, when one cannot be had. */
export async function openSurroundings(settings: Settings, wait: DatabaseWait): Promise<Surroundings> {
  await using stack = new AsyncDisposableStack();
  const database = await openDatabase(settings, wait);
  stack.defer(() => database.close());
  const bedrock = await openSandbox(settings);
  stack.defer(() => bedrock.close());
  const resources = stack.move();
  return {
    settings: { ...settings, ...database.settings, ...bedrock.settings },
    close: () => resources.disposeAsync(),
    abandon: () => database.abandon(),
  };
}
