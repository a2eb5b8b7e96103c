import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '../../config/startup-error.js';
import type { Account } from './account.js';

/** What is needed to run one cluster. */
export interface Cluster {
  /** Folder with `initdb` and `postgres`. */
  bin: string;
  /** Folder with `data`, `password` and `postgres.log`. */
  home: string;
  account: Account | undefined;
}

/** A running server of the cluster. */
export interface Postmaster {
  pid: number;
  port: number;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 20;
/** The server may fail to start because a free port was taken meanwhile, or because a killed one is not quite gone. */
const START_ATTEMPTS = 6;
const RETRY_MS = 500;

/**
 * Finds the server of this cluster that still runs, as after a `kill -9` of its gateway, or starts one.
 * @param givenPort where it must listen because clients know the address; a free port otherwise
 */
export async function ensurePostmaster(cluster: Cluster, givenPort?: number): Promise<Postmaster> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let attempts = 0;
  let starting: Promise<void> | null = null;
  while (Date.now() < deadline) {
    const found = await readPidFile(cluster);
    if (found !== null && isServerOf(found.pid, cluster)) {
      if (found.status === 'ready') return found;
    } else if (starting === null) {
      // The process of that id is another one, or none: the file was left by a crash.
      if (found !== null) await rm(pidFile(cluster), { force: true });
      if (attempts++ === START_ATTEMPTS) break;
      if (attempts > 1) await delay(RETRY_MS);
      const port = givenPort ?? (await findFreePort());
      starting = startServer(cluster, port).finally(() => (starting = null));
    }
    await delay(POLL_MS);
  }
  throw new StartupError(`The embedded PostgreSQL does not start. The end of its log:\n${await logTail(cluster)}`);
}

/** Ends the server's sessions, lets it write everything down, and resolves when it is gone. */
export async function stopPostmaster(cluster: Cluster, { pid }: Postmaster): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    requestStop({ pid }, signal);
    while (Date.now() < deadline) {
      if ((await readPidFile(cluster))?.pid !== pid || !isServerOf(pid, cluster)) return;
      await delay(POLL_MS);
    }
  }
}

/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one. */
export function requestStop({ pid }: Pick<Postmaster, 'pid'>, signal: 'SIGINT' | 'SIGQUIT' = 'SIGINT'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Resolves when the new process has ended. */
function startServer({ bin, home, account }: Cluster, port: number): Promise<void> {
  const log = openSync(path.join(home, 'postgres.log'), 'a', 0o600);
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'password_encryption=scram-sha-256',
    'max_connections=300',
  ];
  const child = spawn(
    path.join(bin, 'postgres'),
    ['-D', path.join(home, 'data'), ...settings.flatMap((setting) => ['-c', setting])],
    // Its own process group: Ctrl-C in a terminal must reach the gateway only, which still has to flush.
    { ...account, cwd: home, detached: true, stdio: ['ignore', log, log], env: { LC_ALL: 'C', TZ: 'UTC' } },
  );
  closeSync(log);
  child.unref();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

/** Format: https://www.postgresql.org/docs/18/storage-file-layout.html and `miscadmin.h` of its sources. */
async function readPidFile(cluster: Cluster): Promise<(Postmaster & { status: string }) | null> {
  const lines = (await readFile(pidFile(cluster), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  return pid > 0 ? { pid, port: Number(lines[3]), status: lines[7]?.trim() ?? '' } : null;
}

function pidFile({ home }: Cluster): string {
  return path.join(home, 'data', 'postmaster.pid');
}

/** After a restart of the machine the process id in the file may belong to anyone. */
export function isServerOf(pid: number, { home }: Cluster): boolean {
  return commandLine(pid).includes(path.join(home, 'data'));
}

function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function logTail({ home }: Cluster): Promise<string> {
  const log = await readFile(path.join(home, 'postgres.log'), 'utf8').catch(() => '');
  return log.trimEnd().split('\n').slice(-5).join('\n');
}
