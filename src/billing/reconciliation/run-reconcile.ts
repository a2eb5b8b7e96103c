import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { FORMATS, type Format, formatReport, isClean } from './format-report.js';
import { readLedger } from './ledger-entry.js';
import { compareMetrics, toMetricSums } from './metric-sums.js';
import { readInvocationLogs } from './read-invocation-logs.js';
import { type Range, reconcile, SLACK_MS } from './reconcile.js';

export const USAGE =
  'usage: npm run reconcile -- --logs FOLDER --from 2026-11-01 --to 2026-12-01 [--cloudwatch FILE] [--format table|csv|json]\n';

const DAY_MS = 86_400_000;

/**
 * Compares the ledger with Bedrock's own records. Answers what to print, and whether both sides agree. Throws an `Error`
 * whose message is for the operator.
 */
export async function runReconcile(
  words: readonly string[],
  findDatabase: () => Promise<string>,
): Promise<{ output: string; clean: boolean }> {
  const { logs, range, cloudwatch, format } = parse(words);
  const client = new Client({ connectionString: await findDatabase() });
  await client.connect();
  try {
    const read = { files: 0, unreadable: 0 };
    const from = new Date(range.from.getTime() - SLACK_MS);
    const to = new Date(range.to.getTime() + SLACK_MS);
    const joined = await reconcile(readInvocationLogs(logs, read), readLedger(client, from, to), range);
    const metrics =
      cloudwatch === undefined
        ? null
        : await compareMetrics(client, toMetricSums(JSON.parse(await readFile(cloudwatch, 'utf8')), range), range);
    const report = { ...joined, read, metrics };
    return { output: formatReport(report, format), clean: isClean(report) };
  } finally {
    await client.end();
  }
}

function parse(words: readonly string[]): { logs: string; range: Range; cloudwatch?: string; format: Format } {
  const { values } = parseArgs({
    args: [...words],
    options: {
      logs: { type: 'string' },
      cloudwatch: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      format: { type: 'string', default: 'table' },
    },
  });
  const { logs, cloudwatch } = values;
  if (logs === undefined) throw new Error('--logs must name the folder of the invocation logs.');
  const format = FORMATS.find((name) => name === values.format);
  if (!format) throw new Error(`--format must be one of ${FORMATS.join(', ')}.`);
  const range = { from: toDate('from', values.from), to: toDate('to', values.to) };
  if (range.from >= range.to) throw new Error('--from must be before --to.');
  if (cloudwatch === undefined) return { logs, range, format };
  if ([range.from, range.to].some((at) => at.getTime() % DAY_MS !== 0)) {
    throw new Error('--from and --to must be whole days (UTC): CloudWatch is compared by day.');
  }
  return { logs, range, cloudwatch, format };
}

function toDate(option: string, text: string | undefined): Date {
  const date = new Date(/^\d{4}-\d{2}-\d{2}(T.*)?$/.test(text ?? '') ? (text ?? '') : NaN);
  if (Number.isNaN(date.getTime()))
    throw new Error(`--${option} must be a date or a time such as 2026-11-01T00:00:00Z.`);
  return date;
}
