import { createHash } from 'node:crypto';
import { toUsd } from '../pricing/money.js';
import { toCsvLine } from './to-csv.js';
import type { ReportGroup, UsageSums } from './usage-report.js';

/** What a tenant has used in one month of a time zone. */
export interface Statement {
  tenantId: string;
  /** `YYYY-MM`. */
  month: string;
  timeZone: string;
  from: Date;
  to: Date;
  /** By key, model and operation. */
  lines: ReportGroup[];
  totals: UsageSums;
}

const COUNTS = [
  'requests',
  'attempts',
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'attempts_without_usage',
  'estimated_attempts',
  'unpriced_attempts',
] as const satisfies (keyof UsageSums)[];
const LABELS = ['key_id', 'key_name', 'model', 'operation'];

/** The amounts of a statement's line or of its total. */
export function toStatementAmounts(sums: UsageSums) {
  return { ...Object.fromEntries(COUNTS.map((field) => [field, sums[field]])), cost_usd: toUsd(sums.cost_pico_usd) };
}

/**
 * The statement as CSV: one line per key, model and operation, in the order of their ids, and the total as the last one.
 * These bytes are what the statement's hash is of, so they hold nothing that changes later, such as the tenant's name.
 */
export function toStatementCsv({ tenantId, month, timeZone, from, to, lines, totals }: Statement): string {
  const header = [
    'kind',
    'tenant_id',
    'month',
    'time_zone',
    'from',
    'to',
    ...LABELS,
    ...COUNTS,
    'cost_usd',
    'currency',
  ];
  const toLine = (kind: string, labels: ReportGroup['labels'], sums: UsageSums) =>
    toCsvLine([
      kind,
      tenantId,
      month,
      timeZone,
      from.toISOString(),
      to.toISOString(),
      ...LABELS.map((label) => labels[label] ?? null),
      ...Object.values(toStatementAmounts(sums)),
      'usd',
    ]);
  return [
    toCsvLine(header),
    ...lines.map(({ labels, sums }) => toLine('line', labels, sums)),
    toLine('total', {}, totals),
  ].join('');
}

/** SHA-256 of the statement's CSV in UTF-8, in hex: what `sha256sum` says of the file. */
export function toStatementHash(csv: string): string {
  return createHash('sha256').update(csv).digest('hex');
}
