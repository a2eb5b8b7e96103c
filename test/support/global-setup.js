import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';

const PREFIX = 'bedrock-gateway-test-';

/**
 * Builds the program, starts one PostgreSQL for the whole run and migrates the template that every test file
 * clones.
 */
export default async function setUp() {
  const build = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--build', 'tsconfig.build.json'], {
    encoding: 'utf8',
  });
  if (build.status !== 0) process.stderr.write(`The build reports errors:\n${build.stdout}\n`);
  const { EmbeddedPostgres } = await import('../../dist/database/embedded/embedded-postgres.js');

  await removeLeftovers(EmbeddedPostgres);
  const folder = path.join(tmpdir(), `${PREFIX}${process.pid}`);
  mkdirSync(folder, { mode: 0o755 });
  const postgres = await EmbeddedPostgres.start(folder);
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    await client.query(`ALTER SYSTEM SET ${setting} = off`);
  }
  await client.query('SELECT pg_reload_conf()');
  await client.query('CREATE DATABASE template_of_tests');
  await client.end();
  migrate(postgres.url.replace(/[^/]*$/, 'template_of_tests'));

  process.env.TEST_DATABASE_URL = postgres.url;
  globalThis.stopTestPostgres = async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

function migrate(databaseUrl) {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/migrate.mjs'], {
    encoding: 'utf8',
    env: { DATABASE_URL: databaseUrl, API_KEY_PEPPER: 'unused'.padEnd(32, '.') },
  });
  if (status !== 0) throw new Error(`The template of the test databases cannot be migrated:\n${stderr}`);
}

/** A run that was interrupted could not stop its PostgreSQL: taking it over is the way to stop it. */
async function removeLeftovers(EmbeddedPostgres) {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    if (isAlive(Number(name.slice(PREFIX.length)))) continue;
    const folder = path.join(tmpdir(), name);
    await EmbeddedPostgres.start(folder).then(
      (postgres) => postgres.stop(),
      () => undefined,
    );
    rmSync(folder, { recursive: true, force: true });
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
