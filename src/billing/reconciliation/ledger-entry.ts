import type { ClientBase } from 'pg';
import type { TokenCounts } from './invocation-record.js';

/** One attempt of the ledger, as far as Bedrock's records know of it. */
export interface LedgerEntry {
  tenantId: string;
  id: string;
  at: Date;
  requestId: string;
  /** Null when the answer never named it. */
  awsRequestId: string | null;
  model: string;
  outcome: string;
  tokens: TokenCounts;
  /** Billed by something else, so that its tokens need not agree. */
  byUnit: boolean;
  /** Bedrock answered with an error and bills nothing. */
  failed: boolean;
}

const PAGE = 10_000;

interface Row {
  tenant_id: string;
  id: string;
  at: Date;
  request_id: string;
  aws_request_id: string | null;
  model: string;
  outcome: string;
  input: number | null;
  output: number | null;
  cache_read: number | null;
  cache_write: number | null;
  by_unit: boolean;
  failed: boolean;
}

/** Guardrails are in no invocation log, and an adjustment is no call. */
const IS_CALL = "e.attempt > 0 AND e.operation <> 'moderation'";
/** What came late for a locked month stands where it has landed; `l.belongs_at` is when it began. */
export const LATE = `late_usage_events l
  JOIN usage_events e ON e.tenant_id = l.tenant_id AND e.occurred_at = l.landed_at AND e.id = l.id
WHERE l.belongs_at >= $1 AND l.belongs_at < $2 AND ${IS_CALL}`;
/** What stands where it began. Both take a range: $1 and $2. */
export const ON_TIME = `usage_events e
WHERE e.occurred_at >= $1 AND e.occurred_at < $2 AND e.belongs_at IS NULL AND ${IS_CALL}`;

const COLUMNS = `e.tenant_id, e.id, e.request_id, e.aws_request_id, e.resolved_model AS model, e.outcome,
  e.input_tokens AS input, e.output_tokens AS output, e.cache_read_tokens AS cache_read,
  coalesce(e.cache_write_5m_tokens, 0) + coalesce(e.cache_write_1h_tokens, 0) AS cache_write,
  coalesce(e.unit_kind <> 'image', false) AS by_unit,
  e.outcome = 'error' AND NOT e.usage_reported AND coalesce(e.status_code, 0) >= 400 AS failed`;

const PAGE_SQL = `
SELECT e.occurred_at AS at, ${COLUMNS} FROM ${ON_TIME}
  AND (e.occurred_at, e.tenant_id, e.id) > ($3::timestamptz, $4::text, $5::uuid)
ORDER BY e.occurred_at, e.tenant_id, e.id LIMIT ${PAGE}`;

const LATE_SQL = `SELECT l.belongs_at AS at, ${COLUMNS} FROM ${LATE} ORDER BY 1, e.tenant_id, e.id`;

/** The attempts that began in the range, in the order of their time; behind them those that came late. */
export async function* readLedger(db: ClientBase, from: Date, to: Date): AsyncGenerator<LedgerEntry> {
  let after = { at: new Date(0), tenant_id: '', id: '00000000-0000-0000-0000-000000000000' };
  let rows: Row[];
  do {
    ({ rows } = await db.query<Row>(PAGE_SQL, [from, to, after.at, after.tenant_id, after.id]));
    yield* rows.map(toEntry);
    after = rows.at(-1) ?? after;
  } while (rows.length === PAGE);
  const late = await db.query<Row>(LATE_SQL, [from, to]);
  yield* late.rows.map(toEntry);
}

function toEntry(row: Row): LedgerEntry {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    at: row.at,
    requestId: row.request_id,
    awsRequestId: row.aws_request_id,
    model: row.model.replace(/^arn:.*\//, ''),
    outcome: row.outcome,
    tokens: { input: row.input, output: row.output, cacheRead: row.cache_read, cacheWrite: row.cache_write },
    byUnit: row.by_unit,
    failed: row.failed,
  };
}
