import { randomUUID } from 'node:crypto';
import { Client } from 'pg';

/** A migrated, empty database that no other test file sees. */
export interface TestDatabase {
  url: string;
  /** Drops it, whoever is still connected. */
  close(): Promise<void>;
}

/** Clones the template that the run has migrated. Call it in `beforeAll`, and `close` in `afterAll`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env['TEST_DATABASE_URL'];
  if (serverUrl === undefined) throw new Error('test/support/global-setup.js has not run for this Jest project.');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runOn(serverUrl, `CREATE DATABASE ${name} TEMPLATE template_of_tests`);
  const url = new URL(serverUrl);
  url.pathname = name;
  return { url: url.href, close: () => runOn(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`) };
}

/** Runs one statement on a connection of its own. */
async function runOn(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
