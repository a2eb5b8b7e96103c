// Writes the migration that leads from prisma/migrations to prisma/schema.prisma, on a database of its own.
import { mkdirSync, mkdtempSync, rmSync, chmodSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EmbeddedPostgres } from '../dist/database/embedded/embedded-postgres.js';
import { listMigrations } from '../dist/database/migrations.js';
import { openSchemaEngine } from '../dist/database/schema-engine.js';

const name = process.argv[2] ?? '';
if (!/^[a-z0-9_]+$/.test(name)) {
  console.error('Usage: npm run db:migration -- name_in_snake_case');
  process.exit(1);
}

const folder = mkdtempSync(path.join(tmpdir(), 'bedrock-gateway-shadow-'));
chmodSync(folder, 0o755);
const postgres = await EmbeddedPostgres.start(folder);
try {
  const engine = await openSchemaEngine(postgres.url);
  const sql = await engine.diffToSchema(await listMigrations());
  await engine.close();
  if (/^(\s*--.*)?\s*$/.test(sql)) {
    console.log('The migrations already lead to the schema.');
  } else {
    const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
    const target = path.join('prisma/migrations', `${stamp}_${name}`);
    mkdirSync(target);
    writeFileSync(path.join(target, 'migration.sql'), sql);
    console.log(`Wrote ${target}/migration.sql: read it before you commit it.`);
  }
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
