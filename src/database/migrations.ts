import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { openSchemaEngine } from './schema-engine.js';

/** One folder of `prisma/migrations`. */
export interface Migration {
  name: string;
  sql: string;
}

const PRISMA_FOLDER = path.resolve(import.meta.dirname, '../../prisma');

/** Any constant serves: it keeps replicas that start together from migrating at the same time. */
const MIGRATION_LOCK = 7_214_600_301;

/** Reads the migrations in the order in which they are applied. */
export async function listMigrations(folder = path.join(PRISMA_FOLDER, 'migrations')): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => ({ name, sql: await readFile(path.join(folder, name, 'migration.sql'), 'utf8') })),
  );
}

/**
 * Applies the migrations that the database lacks and records them in `_prisma_migrations`, as
 * `prisma migrate deploy` does. Safe to call from several processes at once. Answers the names applied.
 */
export async function applyMigrations(databaseUrl: string): Promise<string[]> {
  const migrations = await listMigrations();
  const client = new Client({ connectionString: databaseUrl });
  // The statement that runs reports the failure; between statements an unheard event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    // The engine takes half a second to load, so it is left alone when there is nothing for it to do.
    if ((await listPendingMigrations(client, migrations)).length === 0) return [];
    const engine = await openSchemaEngine(databaseUrl);
    try {
      return await engine.applyMigrations(migrations);
    } finally {
      await engine.close();
    }
  } finally {
    await client.end();
  }
}

/** What `listPendingMigrations` needs of a connection; a pool or a client of `pg` has it. */
interface Queryable {
  query(sql: string): Promise<{ rows: AppliedMigration[] }>;
}

/** A row of `_prisma_migrations`. */
export interface AppliedMigration {
  name: string;
  checksum: string;
}

/** The names of the migrations that are not applied, or were changed after they were. */
export async function listPendingMigrations(client: Queryable, migrations: readonly Migration[]): Promise<string[]> {
  const table = await client.query(`SELECT to_regclass('_prisma_migrations')::text AS name, '' AS checksum`);
  if (table.rows[0]?.name == null) return migrations.map(({ name }) => name);
  const { rows } = await client.query(
    'SELECT migration_name AS name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  );
  const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  return migrations.filter(({ name, sql }) => applied.get(name) !== sha256(sql)).map(({ name }) => name);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
