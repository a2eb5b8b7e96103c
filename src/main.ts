import 'reflect-metadata';
import cluster from 'node:cluster';
import { readSettings } from './config/read-settings.js';
import { explain } from './lifecycle/explain.js';
import { startGateway, type Gateway } from './lifecycle/gateway.js';
import { toStartupText } from './lifecycle/startup-text.js';
import { runWorker } from './lifecycle/worker.js';
import { logAsJson } from './logging/log-as-json.js';

/** One Ctrl-C under `npm start` arrives twice: from the terminal, and passed on by npm. */
const REPEATED_SIGNAL_MS = 1_000;

/** Runs the gateway until it is told to stop: the first signal ends it in good order, a second one at once. */
async function main(): Promise<void> {
  let gateway: Gateway | undefined;
  let stopRequestedAt: number | undefined;
  const stopping = new AbortController();
  const stop = () => {
    if (stopRequestedAt === undefined) {
      stopRequestedAt = performance.now();
      stopping.abort();
      if (gateway !== undefined) void shutDown(gateway);
    } else if (performance.now() - stopRequestedAt > REPEATED_SIGNAL_MS) {
      gateway?.abandon();
      process.exit(1);
    }
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  const given = readSettings();
  logAsJson(given);
  gateway = await startGateway(given, stopping.signal);
  const { settings, port, firstKeys } = gateway;
  process.stdout.write(toStartupText(settings, port, given.databaseUrl === undefined, firstKeys));
  if (stopRequestedAt !== undefined) await shutDown(gateway);
}

async function shutDown(gateway: Gateway): Promise<void> {
  await gateway.close().then(() => process.exit(0), fail);
}

function fail(error: unknown): never {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

if (cluster.isWorker) runWorker();
else await main().catch(fail);
