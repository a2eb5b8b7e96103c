import { Client } from 'pg';
import type { Settings } from '../config/app-config.js';
import { loadOrCreatePepper } from '../config/pepper.js';
import { StartupError } from '../config/startup-error.js';
import { EmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { applyMigrations } from '../database/migrations.js';

const CONNECT_TIMEOUT_MS = 5_000;

/** A migrated database, and the settings that it adds. */
export interface OpenDatabase {
  settings: { databaseUrl: string; apiKeyPepper: string };
  close(): Promise<void>;
  /** Asks an embedded server to stop, without waiting. */
  abandon(): void;
}

/** Connects to the database of the settings, or starts the embedded one, and applies what migrations it lacks. */
export async function openDatabase(settings: Settings): Promise<OpenDatabase> {
  const { databaseUrl, apiKeyPepper, dataDir, migrateOnStart } = settings;
  if (databaseUrl !== undefined) {
    await requireReachable(databaseUrl);
    if (migrateOnStart) await migrate(databaseUrl);
    return {
      settings: { databaseUrl, apiKeyPepper: apiKeyPepper ?? '' },
      close: async () => undefined,
      abandon: () => undefined,
    };
  }
  await using stack = new AsyncDisposableStack();
  const embedded = await EmbeddedPostgres.start(dataDir);
  stack.defer(() => embedded.stop());
  if (migrateOnStart) await migrate(embedded.url);
  const pepper = apiKeyPepper ?? (await loadOrCreatePepper(dataDir));
  const resources = stack.move();
  return {
    settings: { databaseUrl: embedded.url, apiKeyPepper: pepper },
    close: () => resources.disposeAsync(),
    abandon: () => embedded.requestStop(),
  };
}

async function requireReachable(connectionString: string): Promise<void> {
  const client = new Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } catch (error) {
    throw new StartupError(`The database of DATABASE_URL cannot be used: ${reasonOf(error)}`, error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function migrate(databaseUrl: string): Promise<void> {
  await applyMigrations(databaseUrl).catch((error: unknown) => {
    throw new StartupError(`The database cannot be migrated: ${reasonOf(error)}`, error);
  });
}

/** A name with several addresses fails with one error for each, and with no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
