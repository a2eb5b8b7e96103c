import { parseArgs } from 'node:util';
import { Client } from 'pg';

export const USAGE = 'usage: npm run usage -- rebuild-rollups --from 2026-01-01 --to 2026-02-01\n';

const DAY_MS = 86_400_000;

/** Rebuilds the sums of a range of days from the events. Throws an `Error` whose message is for the operator. */
export async function runUsage(words: readonly string[], findDatabase: () => Promise<string>): Promise<string> {
  const { from, to } = parse(words);
  const client = new Client({ connectionString: await findDatabase() });
  await client.connect();
  try {
    const days = await rebuildRollups(client, from, to);
    return `Rebuilt the sums of ${days} days.\n`;
  } finally {
    await client.end();
  }
}

/** Safe under traffic: a day of a month that is over is one transaction, a day of this month one for each tenant. */
async function rebuildRollups(client: Client, from: Date, to: Date): Promise<number> {
  const months = new Set<number>();
  let days = 0;
  for (let day = from; day < to; day = new Date(day.getTime() + DAY_MS)) {
    for (const tenant of await listTenants(client, day)) {
      await client.query('SELECT usage_rebuild_day($1, $2)', [tenant, day]);
    }
    await client.query('SELECT usage_rebuild_overall_day($1)', [day]);
    // Gateways sum by end user again.
    await client.query('SELECT usage_users_forget(NULL, $1, $2)', [day, new Date(day.getTime() + DAY_MS)]);
    months.add(Date.UTC(day.getUTCFullYear(), day.getUTCMonth()));
    days += 1;
  }
  for (const month of months) await client.query('SELECT usage_rebuild_month(NULL, $1)', [new Date(month)]);
  const years = new Set([...months].map((month) => Date.UTC(new Date(month).getUTCFullYear(), 0)));
  for (const year of years) await client.query('SELECT usage_rebuild_year(NULL, $1)', [new Date(year)]);
  return days;
}

/** Null stands for all tenants at once: nobody writes to a month that is over, so that nobody waits. */
async function listTenants(client: Client, day: Date): Promise<(string | null)[]> {
  const { rows } = await client.query<{ id: string | null }>(
    `SELECT NULL AS id WHERE usage_month_after($1, 1) <= now()
     UNION ALL SELECT DISTINCT tenant_id FROM usage_series WHERE tenant_id <> '' AND usage_month_after($1, 1) > now()`,
    [day],
  );
  return rows.map(({ id }) => id);
}

function parse(words: readonly string[]): { from: Date; to: Date } {
  const { positionals, values } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { from: { type: 'string' }, to: { type: 'string' } },
  });
  if (positionals.join(' ') !== 'rebuild-rollups') throw new Error('The one command is rebuild-rollups.');
  const range = { from: toDay('from', values.from), to: toDay('to', values.to) };
  if (range.from >= range.to) throw new Error('--from must be before --to.');
  return range;
}

function toDay(name: string, text: string | undefined): Date {
  const day = new Date(`${text ?? ''}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text ?? '') || Number.isNaN(day.getTime())) {
    throw new Error(`--${name} must be a day (UTC) such as 2026-01-31.`);
  }
  return day;
}
