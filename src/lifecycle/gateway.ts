import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppConfig, type Settings } from '../config/app-config.js';
import { createApp } from '../create-app.js';
import { openSandbox } from './open-sandbox.js';
import { openDatabase } from './open-database.js';
import { drainServer, listen, requireFreePort } from './server.js';

/** The gateway with everything that it started for itself. */
export interface Gateway {
  readonly app: NestExpressApplication;
  readonly config: AppConfig;
  readonly port: number;
  /**
   * Stops accepting, lets running requests finish within the grace time, flushes what is to be written, then stops
   * the sandbox and the embedded database.
   */
  close(): Promise<void>;
  /** Tells what outlives this process to stop, without waiting for it. */
  abandon(): void;
}

/** Starts all that the settings ask for. Throws `StartupError`, and leaves nothing running, when something cannot. */
export async function startGateway(settings: Settings): Promise<Gateway> {
  await requireFreePort(settings.host, settings.port);
  await using stack = new AsyncDisposableStack();
  const database = await openDatabase(settings);
  stack.defer(() => database.close());
  const bedrock = await openSandbox(settings);
  stack.defer(() => bedrock.close());
  const config = new AppConfig({ ...settings, ...database.settings, ...bedrock.settings });
  const app = await createApp(config);
  stack.defer(() => app.close());
  const server = app.getHttpServer();
  const port = await listen(app, config);
  stack.defer(() => drainServer(server, config.shutdownGraceMs));
  const resources = stack.move();
  return {
    app,
    config,
    port,
    close: () => resources.disposeAsync(),
    abandon: () => database.abandon(),
  };
}
