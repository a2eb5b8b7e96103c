import { Client } from 'pg';
import { applyMigrations, listMigrations, listPendingMigrations } from '../../src/database/migrations.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.close();
});

describe(applyMigrations.name, () => {
  it('rejects, and ends nothing else, when the database ends its connection', async () => {
    // Its own lock, as another replica would hold it.
    await client.query('SELECT pg_advisory_lock(7214600301)');
    const applied = applyMigrations(database.url).catch((error: unknown) => error);
    await until(async () => {
      const { rowCount } = await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`,
      );
      return rowCount === 1;
    }, 'the migrations to wait for the lock');
    await client.query('SELECT pg_advisory_unlock(7214600301)');
    expect(await applied).toMatchObject({ message: 'terminating connection due to administrator command' });
  });
});

describe(listPendingMigrations.name, () => {
  it('is empty when every migration is applied as it stands', async () => {
    expect(await listPendingMigrations(client, await listMigrations())).toEqual([]);
  });

  it('names a migration that is new or was changed', async () => {
    const [first, ...rest] = await listMigrations();
    const changed = { name: first?.name ?? '', sql: `${first?.sql}-- changed` };
    const added = { name: '29990101000000_added', sql: 'SELECT 1' };
    expect(await listPendingMigrations(client, [changed, ...rest, added])).toEqual([changed.name, added.name]);
  });

  it('names every migration on an empty database', async () => {
    await client.query('DROP TABLE _prisma_migrations');
    const migrations = await listMigrations();
    expect(await listPendingMigrations(client, migrations)).toEqual(migrations.map(({ name }) => name));
  });
});
