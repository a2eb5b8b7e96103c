import type { ClientBase } from 'pg';

/**
 * Every sum that is not what the events say, by whatever it sums: what is folded and what is not yet, less the events, in one snapshot.
 * Nothing comes of sums that are right.
 */
export const SUMS_THAT_DIFFER = `
  WITH finest AS (
    SELECT tenant_id, hour, series_id, key_id, resolved_model, attempts, cost_pico_usd FROM (
      SELECT tenant_id, hour, series_id, attempts, cost_pico_usd FROM usage_recent
      UNION ALL SELECT tenant_id, hour, series_id, -attempts, -cost_pico_usd FROM usage_hourly_of_events
    ) f JOIN (SELECT tenant_id AS of, id, key_id, resolved_model FROM usage_series) s ON s.of = f.tenant_id AND s.id = f.series_id
  ), in_units AS (
    SELECT *, CASE unit
      WHEN 'six_hours' THEN date_bin('6 hours', hour, '2000-01-01Z')
      WHEN 'ten_days' THEN date_trunc('month', hour, 'UTC') + interval '24 hours' * CASE
        WHEN date_part('day', hour AT TIME ZONE 'UTC') <= 10 THEN 0 WHEN date_part('day', hour AT TIME ZONE 'UTC') <= 20 THEN 10 ELSE 20 END
      ELSE date_trunc(unit, hour, 'UTC') END AS starts_at
    FROM finest, unnest(ARRAY['hour', 'six_hours', 'day', 'ten_days', 'month', 'year']) unit
  ), parts (sums, who, at, attempts, cost_pico_usd) AS (
    SELECT 'hour', ARRAY[tenant_id, series_id::text], hour, attempts, cost_pico_usd FROM usage_hourly
    UNION ALL SELECT 'day', ARRAY[tenant_id, series_id::text], day, attempts, cost_pico_usd FROM usage_daily
    UNION ALL SELECT 'month', ARRAY[tenant_id, series_id::text], month, attempts, cost_pico_usd FROM usage_monthly
    UNION ALL SELECT 'year', ARRAY[tenant_id, series_id::text], year, attempts, cost_pico_usd FROM usage_yearly
    UNION ALL SELECT unit, ARRAY[tenant_id, series_id::text], date_trunc(unit, hour, 'UTC'), attempts, cost_pico_usd
    FROM finest, unnest(ARRAY['hour', 'day', 'month', 'year']) unit
    UNION ALL SELECT 'tenant ' || unit, ARRAY[tenant_id], starts_at, attempts, cost_pico_usd FROM usage_by_tenant
    UNION ALL SELECT 'tenant ' || unit, ARRAY[tenant_id], starts_at, attempts, cost_pico_usd FROM in_units
    UNION ALL SELECT 'key ' || unit, ARRAY[k.tenant_id, key_id], starts_at, attempts, cost_pico_usd
    FROM usage_by_key k JOIN usage_series s ON s.tenant_id = k.tenant_id AND s.id = k.series_id
    UNION ALL SELECT 'key ' || unit, ARRAY[tenant_id, key_id], starts_at, attempts, cost_pico_usd FROM in_units WHERE unit <> 'hour'
    UNION ALL SELECT 'model ' || unit, ARRAY[k.tenant_id, resolved_model], starts_at, attempts, cost_pico_usd
    FROM usage_by_model k JOIN usage_series s ON s.tenant_id = k.tenant_id AND s.id = k.series_id
    UNION ALL SELECT 'model ' || unit, ARRAY[tenant_id, resolved_model], starts_at, attempts, cost_pico_usd
    FROM in_units WHERE unit <> 'hour'
    UNION ALL SELECT 'user ' || unit, ARRAY[tenant_id, end_user, requested_model], starts_at, attempts, cost_pico_usd
    FROM usage_by_user JOIN usage_user_units USING (tenant_id, unit, starts_at) WHERE is_summed
    UNION ALL SELECT 'user ' || unit, ARRAY[tenant_id, end_user, requested_model], starts_at, -(attempt > 0)::integer,
      -coalesce(cost_pico_usd, 0)
    FROM usage_user_units u JOIN usage_events USING (tenant_id)
    WHERE is_summed AND starts_at = date_trunc(unit, occurred_at, 'UTC')
    UNION ALL SELECT 'all ' || unit, ARRAY[]::text[], starts_at, attempts, cost_pico_usd FROM usage_overall
    UNION ALL SELECT 'all ' || unit, ARRAY[]::text[], date_trunc(unit, hour, 'UTC'), attempts, cost_pico_usd
    FROM finest, unnest(ARRAY['hour', 'day', 'month']) unit
  )
  SELECT sums, who, at, sum(attempts) AS attempts, sum(cost_pico_usd) AS cost_pico_usd FROM parts GROUP BY 1, 2, 3
  HAVING sum(attempts) <> 0 OR sum(cost_pico_usd) <> 0`;

/** Queries that find what must not be in a database where nothing runs. */
const INVARIANTS: Readonly<Record<string, string>> = {
  'attempts that are not settled': 'SELECT id FROM usage_intents',
  'reservations that are held': 'SELECT id FROM reservations UNION ALL SELECT reservation_id FROM budget_holds',
  'attempts with two events': `
    SELECT request_id, attempt FROM usage_events WHERE adjusts IS NULL AND reservation_id IS DISTINCT FROM id
    GROUP BY tenant_id, request_id, attempt HAVING count(*) > 1`,
  'answers without usage': `SELECT id FROM usage_events WHERE outcome = 'success' AND NOT usage_reported`,
  'hard budgets that are overrun': `
    SELECT b.id FROM budgets b JOIN budget_windows w ON w.budget_id = b.id
    WHERE b.hard AND w.spent + w.reserved > b.limit_pico_usd`,
  'budgets that are not what their events cost': `
    SELECT b.id FROM budgets b JOIN budget_windows w ON w.budget_id = b.id
    WHERE w.spent <> (SELECT coalesce(sum(e.cost_pico_usd), 0) FROM usage_events e
      WHERE e.tenant_id = b.tenant_id AND e.occurred_at >= w.window_start)`,
  'sums that are not those of their events': SUMS_THAT_DIFFER,
};

/** What the sandbox noted of one call; as much of it as a ledger can be compared with. */
export interface JournalledCall {
  awsRequestId: string;
  requestMetadata: Readonly<Record<string, string>> | null;
  usage: { inputTokens: number; outputTokens: number } | null;
}

/** How a ledger differs from the sandbox's journal, in calls. */
export interface Comparison {
  /** In the journal. */
  calls: number;
  /** In the journal and not in the ledger. */
  lost: number;
  /** In the ledger twice, or answered by nobody. */
  doubled: number;
  /** Metered with other tokens than the journal's. */
  different: number;
  /** Events of calls whose process died: recorded, with usage unknown. */
  estimated: number;
  /** Events of calls that never arrived, because the process died before. */
  unsent: number;
}

interface EventRow {
  request_id: string;
  aws_request_id: string | null;
  outcome: string;
  usage_reported: boolean;
  input_tokens: number | null;
  output_tokens: number | null;
}

/** The invariants that do not hold, each with the number of rows that break it. Empty when all do. */
export async function listViolations(client: ClientBase): Promise<Record<string, number>> {
  const violations: Record<string, number> = {};
  for (const [name, query] of Object.entries(INVARIANTS)) {
    const { rowCount } = await client.query(query);
    if (rowCount !== 0) violations[name] = rowCount ?? 0;
  }
  return violations;
}

/** Joins the ledger with the journal: by request, and by AWS request id where the ledger knows it. */
export async function compareWithJournal(client: ClientBase, journal: readonly JournalledCall[]): Promise<Comparison> {
  const { rows: events } = await client.query<EventRow>(
    `SELECT request_id, aws_request_id, outcome, usage_reported, input_tokens, output_tokens
     FROM usage_events WHERE adjusts IS NULL`,
  );
  const calls = new Map(journal.map((call) => [call.awsRequestId, call]));
  const callsOf = countBy(journal, (call) => call.requestMetadata?.['request_id'] ?? '');
  const eventsOf = countBy(events, (event) => event.request_id);
  const answered = events.filter((event) => event.aws_request_id !== null);
  const reported = answered.filter((event) => event.usage_reported);
  const requests = new Set([...callsOf.keys(), ...eventsOf.keys()]);
  const surplus = (of: ReadonlyMap<string, number>, than: ReadonlyMap<string, number>) =>
    [...requests].reduce((sum, id) => sum + Math.max(0, (of.get(id) ?? 0) - (than.get(id) ?? 0)), 0);
  const known = new Set(answered.map((event) => event.aws_request_id).filter((id) => calls.has(id ?? '')));
  return {
    calls: journal.length,
    lost: surplus(callsOf, eventsOf),
    doubled: answered.length - known.size,
    different: reported.filter((event) => !isSame(event, calls.get(event.aws_request_id ?? ''))).length,
    estimated: events.filter((event) => event.outcome === 'lost').length,
    unsent: surplus(eventsOf, callsOf),
  };
}

function isSame(event: EventRow, call: JournalledCall | undefined): boolean {
  return call?.usage?.inputTokens === event.input_tokens && call?.usage?.outputTokens === event.output_tokens;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
