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
const SQL = `
SELECT tenant_id, id, occurred_at AS at, request_id, aws_request_id, resolved_model AS model, outcome,
  input_tokens AS input, output_tokens AS output, cache_read_tokens AS cache_read,
  coalesce(cache_write_5m_tokens, 0) + coalesce(cache_write_1h_tokens, 0) AS cache_write,
  coalesce(unit_kind <> 'image', false) AS by_unit,
  outcome = 'error' AND NOT usage_reported AND coalesce(status_code, 0) >= 400 AS failed
FROM usage_events
WHERE occurred_at >= $1 AND occurred_at < $2 AND attempt > 0 AND operation <> 'moderation'
  AND (occurred_at, tenant_id, id) > ($3::timestamptz, $4::text, $5::uuid)
ORDER BY occurred_at, tenant_id, id LIMIT ${PAGE}`;

/** The attempts that began in the range, in the order of their time. */
export async function* readLedger(db: ClientBase, from: Date, to: Date): AsyncGenerator<LedgerEntry> {
  let after = { at: new Date(0), tenant_id: '', id: '00000000-0000-0000-0000-000000000000' };
  let rows: Row[];
  do {
    ({ rows } = await db.query<Row>(SQL, [from, to, after.at, after.tenant_id, after.id]));
    yield* rows.map(toEntry);
    after = rows.at(-1) ?? after;
  } while (rows.length === PAGE);
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
