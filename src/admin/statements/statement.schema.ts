import { z } from 'zod';
import { timeZoneName } from '../../billing/reports/report-time.js';
import {
  type Statement,
  toStatementAmounts,
  toStatementCsv,
  toStatementHash,
} from '../../billing/reports/statement.js';

export const statementQuerySchema = z.strictObject({
  month: z.string().regex(/^20\d{2}-(0[1-9]|1[0-2])$/, 'must be a month such as 2026-10'),
  time_zone: timeZoneName.optional().describe('Absent: `STATEMENT_TIME_ZONE`.'),
  format: z.enum(['json', 'csv']).prefault('json'),
});
export type StatementQuery = z.infer<typeof statementQuerySchema>;

const amounts = {
  requests: z.int(),
  attempts: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  cache_read_tokens: z.int(),
  cache_write_5m_tokens: z.int(),
  cache_write_1h_tokens: z.int(),
  attempts_without_usage: z.int(),
  estimated_attempts: z.int(),
  unpriced_attempts: z.int(),
  cost_usd: z.string(),
};

export const statementSchema = z
  .object({
    object: z.literal('statement'),
    tenant_id: z.string(),
    month: z.string(),
    time_zone: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    is_over: z.boolean().describe('Whether the month is over. Before that the statement still grows.'),
    currency: z.literal('usd'),
    lines: z.array(
      z.object({
        key_id: z.string().nullable(),
        key_name: z.string().nullable(),
        model: z.string().nullable(),
        operation: z.string().nullable(),
        ...amounts,
      }),
    ),
    totals: z.object(amounts),
    sha256: z.string().describe('Of the same statement as CSV, in hex: what `sha256sum` says of the file.'),
  })
  .meta({ id: 'Statement' });

export function toStatementBody(statement: Statement) {
  return {
    object: 'statement' as const,
    tenant_id: statement.tenantId,
    month: statement.month,
    time_zone: statement.timeZone,
    from: statement.from.toISOString(),
    to: statement.to.toISOString(),
    is_over: statement.to.getTime() <= Date.now(),
    currency: 'usd' as const,
    lines: statement.lines.map(({ labels, sums }) => ({ ...labels, ...toStatementAmounts(sums) })),
    totals: toStatementAmounts(statement.totals),
    sha256: toStatementHash(toStatementCsv(statement)),
  };
}

/** The statement as a file, with its hash in the headers as well (RFC 9530). */
export function toStatementFile(statement: Statement): Response {
  const csv = toStatementCsv(statement);
  const hash = toStatementHash(csv);
  return new Response(csv, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${statement.tenantId}-${statement.month}.csv"`,
      'content-digest': `sha-256=:${Buffer.from(hash, 'hex').toString('base64')}:`,
      'x-statement-sha256': hash,
    },
  });
}
