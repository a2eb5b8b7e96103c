import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { Migration } from './migrations.js';
import { SchemaAdapterFactory } from './schema-adapter.js';

const SCHEMA_FILE = path.resolve(import.meta.dirname, '../../prisma/schema.prisma');
const NO_FILTER = { externalTables: [], externalEnums: [] };

/** Prisma's schema engine as WebAssembly: it needs no download of a native engine. Call `close` when done. */
export interface SchemaEngine {
  /** Applies what is missing; answers the names. Throws the engine's error when a migration fails. */
  applyMigrations(migrations: readonly Migration[]): Promise<string[]>;
  /** The SQL that leads from the migrations to `schema.prisma`; needs the right to create a shadow database. */
  diffToSchema(migrations: readonly Migration[]): Promise<string>;
  close(): Promise<void>;
}

/** Loads the engine and connects it to a database. */
export async function openSchemaEngine(databaseUrl: string): Promise<SchemaEngine> {
  const schema = { path: 'schema.prisma', content: await readFile(SCHEMA_FILE, 'utf8') };
  const { SchemaEngine: Engine } = await importWithoutWasmWarning();
  const factory = new SchemaAdapterFactory(databaseUrl);
  const adapter = bindMigrationAwareSqlAdapterFactory(factory);
  const engine = await Engine.new({ datamodels: [[schema.path, schema.content]] }, () => undefined, adapter);
  return {
    async applyMigrations(migrations) {
      const output = await engine.applyMigrations({ migrationsList: toList(migrations), filters: NO_FILTER });
      return output.appliedMigrationNames;
    },
    async diffToSchema(migrations) {
      const { stdout } = await engine.diff({
        from: { tag: 'migrations', ...toList(migrations) },
        to: { tag: 'schemaDatamodel', files: [schema] },
        script: true,
        exitCode: null,
        filters: NO_FILTER,
      });
      return stdout ?? '';
    },
    async close() {
      engine.free();
      await factory.close();
    },
  };
}

function toList(migrations: readonly Migration[]) {
  return {
    baseDir: 'prisma/migrations',
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: sql } },
    })),
  };
}

/** Node warns once that importing WebAssembly is experimental, which tells an operator nothing. */
async function importWithoutWasmWarning() {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('WebAssembly')) Reflect.apply(emitWarning, undefined, [warning, ...rest]);
  };
  try {
    return await import('@prisma/schema-engine-wasm');
  } finally {
    process.emitWarning = emitWarning;
  }
}
