import { toCsvLine } from '../reports/to-csv.js';
import { METRICS, type MetricDrift } from './metric-sums.js';
import type { Drift, Reconciliation } from './reconcile.js';
import type { ReadCounts } from './read-invocation-logs.js';

export const FORMATS = ['table', 'csv', 'json'] as const;
export type Format = (typeof FORMATS)[number];

const FIELDS = ['input', 'output', 'cacheRead', 'cacheWrite'] as const;
const HEADER = ['kind', 'tenant_id', 'model', 'day', 'at', 'aws_request_id', 'event_id'].concat(
  FIELDS.flatMap((field) => [`logged_${field}`, `ledger_${field}`]),
);

export interface Report extends Reconciliation {
  read: ReadCounts;
  /** Null when CloudWatch was not asked. */
  metrics: MetricDrift[] | null;
}

/** Whether everything was read and both sides agree. */
export function isClean({ drifts, metrics, read }: Report): boolean {
  return drifts.length === 0 && (metrics ?? []).length === 0 && read.unreadable === 0;
}

/** The report as text, in the order of tenant, model and day. */
export function formatReport(report: Report, format: Format): string {
  const drifts = report.drifts.toSorted((a, b) => compareText(orderOf(a), orderOf(b)));
  if (format === 'json') return `${JSON.stringify({ clean: isClean(report), ...report, drifts }, null, 2)}\n`;
  const rows = [...drifts.map(toRow), ...(report.metrics ?? []).map(toMetricRow)];
  if (format === 'csv') return [HEADER, ...rows].map(toCsvLine).join('');
  return `${summary(report)}\n${groups(drifts)}${rows.length > 0 ? toTable([HEADER, ...rows]) : ''}`;
}

const compareText = (a: string, b: string) => (a < b ? -1 : Number(a > b));
const orderOf = (drift: Drift) =>
  [drift.tenantId, drift.model, drift.day, drift.kind, drift.at.toISOString(), drift.awsRequestId].join('\0');

function toRow({ kind, tenantId, model, day, at, awsRequestId, eventId, logged, ledger }: Drift): string[] {
  return [kind, tenantId, model, day, at.toISOString(), awsRequestId ?? '', eventId ?? ''].concat(
    FIELDS.flatMap((field) => [String(logged?.[field] ?? ''), String(ledger?.[field] ?? '')]),
  );
}

function toMetricRow({ model, day, metric, cloudwatch, ledger }: MetricDrift): string[] {
  return [`sum of ${metric}`, '', model, day, '', '', ''].concat(
    FIELDS.flatMap((field) => (METRICS[metric] === field ? [String(cloudwatch), String(ledger)] : ['', ''])),
  );
}

function summary({ drifts, matched, failed, foreign, read, metrics }: Report): string {
  const of = (kind: Drift['kind']) => drifts.filter((drift) => drift.kind === kind).length;
  return [
    `${matched} calls agree, ${of('missing')} are missing in the ledger, ${of('surplus')} are surplus, ${of('different')} differ.`,
    `${failed} were refused by Bedrock, ${foreign} were not made by the gateway. ${read.files} files read, ${read.unreadable} lines unreadable.`,
    metrics === null ? '' : `${metrics.length} sums differ from CloudWatch.`,
  ]
    .filter(Boolean)
    .join('\n');
}

function groups(drifts: readonly Drift[]): string {
  const byGroup = Map.groupBy(drifts, ({ tenantId, model, day, kind }) => [tenantId, model, day, kind].join(' '));
  return [...byGroup].map(([group, members]) => `${group}: ${members.length}\n`).join('');
}

function toTable(rows: readonly string[][]): string {
  const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => (row[index] ?? '').length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
