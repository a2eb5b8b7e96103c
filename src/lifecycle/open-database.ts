import { Client } from 'pg';
import type { Settings } from '../config/app-config.js';
import { loadOrCreatePepper } from '../config/pepper.js';
import { StartupError } from '../config/startup-error.js';
import { EmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { applyMigrations } from '../database/migrations.js';
import { reasonOf, waitUpTo, whenReachable, type DatabaseWait } from '../database/when-reachable.js';

const CONNECT_TIMEOUT_MS = 5_000;

/** A migrated database, and the settings that it adds. */
export interface OpenDatabase {
  settings: { databaseUrl: string; apiKeyPepper: string };
  close(): Promise<void>;
  /** Asks an embedded server to stop, without waiting. */
  abandon(): void;
}

/**
 * Connects to the database of the settings, or starts the embedded one, and applies what migrations it lacks. A database
 * of the settings that is away is waited for.
 */
export async function openDatabase(settings: Settings, wait: DatabaseWait): Promise<OpenDatabase> {
  const { databaseUrl, apiKeyPepper, dataDir, migrateOnStart } = settings;
  if (databaseUrl !== undefined) {
    await requireReachable(databaseUrl, wait);
    if (migrateOnStart) await migrate(databaseUrl, wait);
    return {
      settings: { databaseUrl, apiKeyPepper: apiKeyPepper ?? '' },
      close: async () => undefined,
      abandon: () => undefined,
    };
  }
  await using stack = new AsyncDisposableStack();
  const embedded = await EmbeddedPostgres.start(dataDir);
  stack.defer(() => embedded.stop());
  if (migrateOnStart) await migrate(embedded.url, waitUpTo(0));
  const pepper = apiKeyPepper ?? (await loadOrCreatePepper(dataDir));
  const resources = stack.move();
  return {
    settings: { databaseUrl: embedded.url, apiKeyPepper: pepper },
    close: () => resources.disposeAsync(),
    abandon: () => embedded.requestStop(),
  };
}

async function requireReachable(connectionString: string, wait: DatabaseWait): Promise<void> {
  await whenReachable(() => ask(connectionString), wait).catch((error: unknown) => {
    throw asStartupError('The database of DATABASE_URL cannot be used', error);
  });
}

async function migrate(databaseUrl: string, wait: DatabaseWait): Promise<void> {
  await whenReachable(() => applyMigrations(databaseUrl), wait).catch((error: unknown) => {
    throw asStartupError('The database cannot be migrated', error);
  });
}

async function ask(connectionString: string): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end().catch(() => undefined);
  }
}

function asStartupError(what: string, error: unknown): StartupError {
  return error instanceof StartupError ? error : new StartupError(`${what}: ${reasonOf(error)}`, error);
}
