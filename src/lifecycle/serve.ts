import { setTimeout as delay } from 'node:timers/promises';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Shutdown } from '../common/shutdown/shutdown.js';
import { AppConfig, type ResolvedSettings } from '../config/app-config.js';
import { createApp } from '../create-app.js';
import { Connections } from './connections.js';
import { drainServer, listen } from './server.js';

/** The application, listening. */
export interface Served {
  readonly app: NestExpressApplication;
  readonly port: number;
  /**
   * Reports that it is not ready and goes on serving for the delay of the settings, so that load balancers learn of it.
   * Then stops accepting, lets running requests finish within the grace time, and flushes what is to be written.
   */
  close(): Promise<void>;
}

/** Serves with what the settings lead to. */
export async function serve(settings: ResolvedSettings): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const config = new AppConfig(settings);
  const app = await createApp(config);
  stack.defer(() => app.close());
  const server = app.getHttpServer();
  const connections = new Connections(server);
  const port = await listen(app, config);
  const shutdown = app.get(Shutdown);
  stack.defer(() => drainServer(server, connections, config.shutdownGraceMs, () => shutdown.cut()));
  stack.defer(() => delay(config.shutdownDelayMs));
  stack.defer(() => shutdown.begin());
  const resources = stack.move();
  return { app, port, close: () => resources.disposeAsync() };
}
