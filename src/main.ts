import 'reflect-metadata';
import { inspect } from 'node:util';
import { FirstRun } from './admin/first-run.js';
import { readSettings } from './config/read-settings.js';
import { StartupError } from './config/startup-error.js';
import { startGateway, type Gateway } from './lifecycle/gateway.js';
import { toStartupText } from './lifecycle/startup-text.js';

/** One Ctrl-C under `npm start` arrives twice: from the terminal, and passed on by npm. */
const REPEATED_SIGNAL_MS = 1_000;

/** Runs the gateway until it is told to stop: the first signal ends it in good order, a second one at once. */
async function main(): Promise<void> {
  let gateway: Gateway | undefined;
  let stopRequestedAt: number | undefined;
  const stop = () => {
    if (stopRequestedAt === undefined) {
      stopRequestedAt = performance.now();
      if (gateway !== undefined) void shutDown(gateway);
    } else if (performance.now() - stopRequestedAt > REPEATED_SIGNAL_MS) {
      gateway?.abandon();
      process.exit(1);
    }
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  const settings = readSettings();
  gateway = await startGateway(settings);
  const keys = await gateway.app.get(FirstRun).create();
  process.stdout.write(toStartupText(gateway.config, gateway.port, settings.databaseUrl === undefined, keys));
  if (stopRequestedAt !== undefined) await shutDown(gateway);
}

async function shutDown(gateway: Gateway): Promise<void> {
  await gateway.close().then(() => process.exit(0), fail);
}

function fail(error: unknown): never {
  process.stderr.write(`${isExplained(error) ? error.message : inspect(error)}\n`);
  process.exit(1);
}

/** Errors of the operating system say what, how and where: `EACCES: permission denied, mkdir '/data'`. */
function isExplained(error: unknown): error is Error {
  return error instanceof StartupError || (error instanceof Error && 'syscall' in error);
}

await main().catch(fail);
