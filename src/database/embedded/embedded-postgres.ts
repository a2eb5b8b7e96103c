import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { StartupError } from '../../config/startup-error.js';
import { chooseAccount } from './account.js';
import { locateBinaries, prepareHome } from './places.js';
import { Logger } from '@nestjs/common';
import {
  ensurePostmaster,
  isServerOf,
  requestStop,
  stopPostmaster,
  type Cluster,
  type Postmaster,
} from './postmaster.js';

const DATABASE = 'gateway';
const LOG_BYTES_MAX = 10_000_000;
/** Any constant serves. The lock lives as long as the connection of the gateway that holds it. */
const GATEWAY_LOCK = 7_214_600_302;
/** After a `kill -9` the server needs a moment to notice that the connection which held the lock is gone. */
const LOCK_TIMEOUT_MS = 2_000;
const WATCH_EVERY_MS = 500;

/**
 * A PostgreSQL server that belongs to one gateway: loopback only, a generated password, its data under
 * `<dataDir>/postgres`. It is its own process, outlives a killed gateway and is taken over by the next one. A server
 * that dies is started anew at the same address, and a lock that is lost is taken again.
 */
export class EmbeddedPostgres {
  private readonly logger = new Logger(EmbeddedPostgres.name);
  private watch: NodeJS.Timeout | undefined;
  private reviving: Promise<void> | undefined;
  private stopping = false;
  private isUnlocked = false;

  private constructor(
    /** Connection string with the password: not for logs. */
    readonly url: string,
    private readonly cluster: Cluster,
    private postmaster: Postmaster,
    private lock: Client,
    private readonly lockAgain: () => Promise<Client>,
  ) {
    this.watchLock();
  }

  /** Throws `StartupError` when it cannot run here, or when another gateway uses this folder. */
  static async start(dataDir: string): Promise<EmbeddedPostgres> {
    const account = chooseAccount(path.join(dataDir, 'postgres/data'));
    const home = await prepareHome(dataDir, account);
    const cluster = { bin: await locateBinaries(account), home, account };
    const password = await ensureInitialised(cluster);
    const postmaster = await ensurePostmaster(cluster);
    const url = (database: string) => `postgresql://gateway:${password}@127.0.0.1:${postmaster.port}/${database}`;
    const lock = () => takeLock(url('postgres'), dataDir);
    const embedded = new EmbeddedPostgres(url(DATABASE), cluster, postmaster, await lock(), lock);
    await ensureDatabase(embedded.lock).catch(async (error: unknown) => {
      await embedded.stop();
      throw error;
    });
    embedded.watch = setInterval(() => embedded.reviveIfDead(), WATCH_EVERY_MS).unref();
    return embedded;
  }

  /** Stops the server after everything has been written down. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.watch);
    await this.reviving;
    await this.lock.end();
    await stopPostmaster(this.cluster, this.postmaster);
  }

  /** As `stop`, for a process that cannot wait. */
  requestStop(): void {
    this.stopping = true;
    clearInterval(this.watch);
    requestStop(this.postmaster);
  }

  private reviveIfDead(): void {
    if (this.reviving || this.stopping) return;
    const isDead = !isServerOf(this.postmaster.pid, this.cluster);
    if (!isDead && !this.isUnlocked) return;
    if (isDead) this.logger.warn('The embedded PostgreSQL has ended; starting it again.');
    this.reviving = this.revive()
      .catch((error: unknown) => this.logger.error({ err: error }, 'The embedded PostgreSQL cannot be started again.'))
      .finally(() => (this.reviving = undefined));
  }

  private async revive(): Promise<void> {
    await this.lock.end().catch(() => undefined);
    this.postmaster = await ensurePostmaster(this.cluster, this.postmaster.port);
    this.lock = await this.lockAgain();
    this.watchLock();
  }

  /** The server ends all sessions when one of them crashes, and goes on itself. */
  private watchLock(): void {
    this.isUnlocked = false;
    this.lock.once('end', () => (this.isUnlocked = true));
  }
}

/** The connection string of the embedded database that a gateway runs on this folder now. */
export async function findRunningUrl(dataDir: string): Promise<string> {
  const home = path.join(dataDir, 'postgres');
  const [password, pidFile] = await Promise.all([
    readFile(path.join(home, 'password'), 'utf8'),
    readFile(path.join(home, 'data/postmaster.pid'), 'utf8'),
  ]).catch((error: unknown) => {
    throw new StartupError(`No embedded PostgreSQL runs on ${dataDir}.`, error);
  });
  return `postgresql://gateway:${password.trim()}@127.0.0.1:${pidFile.split('\n')[3]}/${DATABASE}`;
}

/** Creates the cluster if there is none yet; a start that was interrupted leaves nothing behind. Answers the password. */
async function ensureInitialised({ bin, home, account }: Cluster): Promise<string> {
  const data = path.join(home, 'data');
  const passwordFile = path.join(home, 'password');
  if ((await stat(data).catch(() => null)) !== null) {
    const log = path.join(home, 'postgres.log');
    if (((await stat(log).catch(() => null))?.size ?? 0) > LOG_BYTES_MAX) await truncate(log);
    return (await readFile(passwordFile, 'utf8')).trim();
  }
  const unfinished = path.join(home, 'data.unfinished');
  const initialPassword = path.join(home, 'password.unfinished');
  await rm(unfinished, { recursive: true, force: true });
  await rm(initialPassword, { force: true });
  const password = randomBytes(24).toString('hex');
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(initialPassword, password, { mode: 0o600 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) {
    await chown(unfinished, account.uid, account.gid);
    await chown(initialPassword, account.uid, account.gid);
  }
  await promisify(execFile)(
    path.join(bin, 'initdb'),
    [
      '-D',
      unfinished,
      '-U',
      'gateway',
      '-A',
      'scram-sha-256',
      `--pwfile=${initialPassword}`,
      '-E',
      'UTF8',
      '--locale=C',
    ],
    { ...account, cwd: home, env: { LC_ALL: 'C', TZ: 'UTC' } },
  ).catch((error: { stderr?: string; message: string }) => {
    throw new StartupError(`The embedded PostgreSQL cannot create its data: ${error.stderr?.trim() || error.message}`);
  });
  await rm(initialPassword);
  await rename(unfinished, data);
  return password;
}

async function takeLock(url: string, dataDir: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'gateway lock', keepAlive: true });
  // A lost lock connection is no reason to stop: queries go through the pool, which connects anew, and the lock is taken again.
  client.on('error', () => undefined);
  await client.connect();
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [GATEWAY_LOCK]);
    if (rows[0]?.taken === true) return client;
    if (Date.now() > deadline) {
      await client.end();
      throw new StartupError(
        `Another gateway is running on the data folder ${path.resolve(dataDir)}. ` +
          'Stop it first, or give this one a DATA_DIR of its own.',
      );
    }
    await delay(50);
  }
}

async function ensureDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
}
