import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { StartupError } from '../config/startup-error.js';
import type { Connections } from './connections.js';

/** How often connections that have become idle are closed while the others finish. */
const IDLE_SWEEP_MS = 50;
/** What was sent before the end of the listening may be under way for so long. */
const SILENCE_MS = 1_000;
/** How long a client may take to receive the end of an answer for which there was no time. */
const LAST_WORDS_MS = 1_000;

interface Address {
  host: string;
  port: number;
}

/** Tells before anything is started that the gateway could not listen in the end. */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(toStartupError(error, { host, port })));
    server.listen(port, host, resolve);
  });
  await new Promise((resolve) => server.close(resolve));
}

/** Answers the port, which is a free one if the settings say 0. */
export async function listen(app: NestExpressApplication, address: Address): Promise<number> {
  try {
    await app.listen(address.port, address.host);
  } catch (error) {
    throw toStartupError(error as NodeJS.ErrnoException, address);
  }
  return (app.getHttpServer().address() as AddressInfo).port;
}

/**
 * Stops accepting at once; resolves when the last request has ended. What has not when the grace time is over, `cut`
 * must end; soon after, the connections are closed however they are.
 */
export async function drainServer(
  server: Server,
  connections: Connections,
  graceMs: number,
  cut: () => void,
): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  const silentFrom = performance.now() + SILENCE_MS;
  const sweep = setInterval(() => {
    server.closeIdleConnections();
    if (performance.now() >= silentFrom) connections.closeSilent();
  }, IDLE_SWEEP_MS);
  const timers = [setTimeout(cut, graceMs), setTimeout(() => server.closeAllConnections(), graceMs + LAST_WORDS_MS)];
  await closed;
  clearInterval(sweep);
  timers.forEach(clearTimeout);
}

function toStartupError(error: NodeJS.ErrnoException, { host, port }: Address): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartupError(
        `Port ${port} is already in use. Stop what listens there, or set PORT to another one.`,
        error,
      );
    case 'EACCES':
      return new StartupError(`This user may not listen on port ${port}. Set PORT to one above 1023.`, error);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartupError(`HOST ${host} is no address of this machine.`, error);
    default:
      return error;
  }
}
