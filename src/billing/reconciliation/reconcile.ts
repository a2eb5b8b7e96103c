import type { InvocationRecord, TokenCounts } from './invocation-record.js';
import type { LedgerEntry } from './ledger-entry.js';

/**
 * `missing`: Bedrock has logged a call that the ledger lacks. `surplus`: the ledger has a call that Bedrock has not logged.
 * `different`: both have it, with other tokens.
 */
export type DriftKind = 'missing' | 'surplus' | 'different';

/** One call on which the two sides do not agree. */
export interface Drift {
  kind: DriftKind;
  tenantId: string;
  model: string;
  /** UTC, `YYYY-MM-DD`. */
  day: string;
  at: Date;
  awsRequestId: string | null;
  /** The event in the ledger. */
  eventId: string | null;
  logged: TokenCounts | null;
  ledger: TokenCounts | null;
}

export interface Reconciliation {
  drifts: Drift[];
  /** Calls on which both sides agree. */
  matched: number;
  /** Calls that Bedrock refused: nothing is billed for them. */
  failed: number;
  /** Logged calls without the gateway's metadata: somebody else made them in this account. */
  foreign: number;
}

export interface Range {
  from: Date;
  to: Date;
}

/** The clocks of the two sides differ, so calls near the ends of the range are looked for beyond them. */
export const SLACK_MS = 3_600_000;

/** UTC day of a moment. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

const within = ({ from, to }: Range, at: Date) => at >= from && at < to;

/** A cache class that was not reported was not used; tokens that were not reported are unknown. */
export function sameTokens(logged: TokenCounts, ledger: TokenCounts): boolean {
  return (
    (logged.input === ledger.input || (logged.input ?? 0) + (ledger.input ?? 0) === 0) &&
    (logged.output === ledger.output || (logged.output ?? 0) + (ledger.output ?? 0) === 0) &&
    (logged.cacheRead ?? 0) === (ledger.cacheRead ?? 0) &&
    (logged.cacheWrite ?? 0) === (ledger.cacheWrite ?? 0)
  );
}

/**
 * Joins the two sides on the AWS request id, and calls whose id the gateway never learned on its own request id. The records
 * are held in memory, about 500 bytes each; the ledger is read through.
 */
export async function reconcile(
  records: AsyncIterable<InvocationRecord>,
  ledger: AsyncIterable<LedgerEntry>,
  range: Range,
): Promise<Reconciliation> {
  const result: Reconciliation = { drifts: [], matched: 0, failed: 0, foreign: 0 };
  const open = new Map<string, InvocationRecord>();
  for await (const record of records) open.set(record.awsRequestId, record);
  const unmatched: LedgerEntry[] = [];
  for await (const entry of ledger) {
    const record = entry.awsRequestId === null ? undefined : open.get(entry.awsRequestId);
    if (record) {
      open.delete(record.awsRequestId);
      compare(result, range, record, entry);
    } else {
      unmatched.push(entry);
    }
  }
  joinByRequest(result, range, open, unmatched);
  return result;
}

function compare(result: Reconciliation, range: Range, record: InvocationRecord, entry: LedgerEntry): void {
  if (!within(range, entry.at)) return;
  const same = entry.byUnit || sameTokens(record.tokens, entry.tokens);
  if (record.failed && entry.failed) result.failed += 1;
  else if (same) result.matched += 1;
  else result.drifts.push(toDrift('different', entry, record));
}

function joinByRequest(
  result: Reconciliation,
  range: Range,
  open: Map<string, InvocationRecord>,
  unmatched: readonly LedgerEntry[],
): void {
  const byRequest = Map.groupBy(
    [...open.values()].filter((record) => record.caller !== null),
    ({ caller, model }) => `${caller?.requestId} ${model}`,
  );
  for (const entry of unmatched) {
    const record =
      entry.awsRequestId === null ? byRequest.get(`${entry.requestId} ${entry.model}`)?.shift() : undefined;
    if (record) {
      open.delete(record.awsRequestId);
      compare(result, range, record, entry);
    } else if (within(range, entry.at)) {
      if (entry.failed) result.failed += 1;
      else result.drifts.push(toDrift('surplus', entry, null));
    }
  }
  for (const record of open.values()) {
    if (!within(range, record.at)) continue;
    if (record.failed) result.failed += 1;
    else if (record.caller === null) result.foreign += 1;
    else result.drifts.push(toMissing(record, record.caller.tenantId));
  }
}

function toDrift(kind: DriftKind, entry: LedgerEntry, record: InvocationRecord | null): Drift {
  return {
    kind,
    tenantId: entry.tenantId,
    model: entry.model,
    day: dayOf(entry.at),
    at: entry.at,
    awsRequestId: entry.awsRequestId ?? record?.awsRequestId ?? null,
    eventId: entry.id,
    logged: record?.tokens ?? null,
    ledger: entry.tokens,
  };
}

function toMissing({ awsRequestId, model, at, tokens }: InvocationRecord, tenantId: string): Drift {
  return {
    kind: 'missing',
    tenantId,
    model,
    at,
    awsRequestId,
    day: dayOf(at),
    eventId: null,
    logged: tokens,
    ledger: null,
  };
}
