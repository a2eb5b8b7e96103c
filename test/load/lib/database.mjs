// A PostgreSQL of its own for one run, and a client on it.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { EmbeddedPostgres } from '../../../dist/database/embedded/embedded-postgres.js';

/** Its folder is removed at the end, with whatever else was put there. */
export async function startDatabase(stops) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-load-'));
  chmodSync(folder, 0o755);
  stops.add(() => rmSync(folder, { recursive: true, force: true }));
  const postgres = await EmbeddedPostgres.start(join(folder, 'data'));
  stops.add(() => postgres.stop());
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  stops.add(() => client.end());
  return { url: postgres.url, folder, client };
}
