import type { Client } from 'pg';

/** They change by themselves: leases of writers, what replicas tell each other, and Prisma's own table. */
const RESTLESS = ['usage_writers', 'quota_demands', '_prisma_migrations'];

/** Everything in the database that a request could have changed, apart from the times of last use. */
export async function fingerprint(client: Client): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> ALL ($1) ORDER BY 1`,
    [RESTLESS],
  );
  const content = rows.map(
    ({ name }) =>
      `SELECT '${name}' AS name, md5(string_agg(row, ',' ORDER BY row)) AS rows
       FROM (SELECT (to_jsonb(t) - 'last_used_at')::text AS row FROM "${name}" t) AS rows`,
  );
  return JSON.stringify((await client.query(content.join(' UNION ALL '))).rows);
}
