import { Client } from 'pg';
import type { Prisma } from '../../database/generated/client.js';

/**
 * The rows of a query, so many first and so many others at a time, on a connection of its own. The query runs once; the
 * server keeps what it found, without a transaction, until the last row was read or the reader leaves. `settings` hold
 * while it runs.
 */
export async function* readOnce<T extends object>(
  databaseUrl: string,
  query: Prisma.Sql,
  settings: Readonly<Record<string, string>>,
  { first, others }: { first: number; others: number },
): AsyncGenerator<T[]> {
  const client = new Client({ connectionString: databaseUrl });
  // The statement that runs reports the failure; between statements an unheard event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('BEGIN');
    for (const [name, value] of Object.entries(settings)) {
      await client.query('SELECT set_config($1, $2, true)', [name, value]);
    }
    await client.query({ text: `DECLARE found CURSOR WITH HOLD FOR ${query.text}`, values: query.values });
    await client.query('COMMIT');
    for (let size = first; ; size = others) {
      const { rows } = await client.query<T>(`FETCH ${size} FROM found`);
      yield rows;
      if (rows.length < size) return;
    }
  } finally {
    await client.end();
  }
}
