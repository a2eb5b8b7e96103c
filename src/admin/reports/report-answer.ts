import { addUp } from '../../billing/reports/add-up.js';
import type { ReportDimension } from '../../billing/reports/report-dimension.js';
import { toCsvLine } from '../../billing/reports/to-csv.js';
import type { ReportQuery } from '../../billing/reports/report-query.js';
import { labelsOf } from '../../billing/reports/usage-report.repository.js';
import type { UsageReportService } from '../../billing/reports/usage-report.service.js';
import type { ReportGroup, UsageSums, VisibleTenants } from '../../billing/reports/usage-report.js';

type Fields = Record<string, string | number | null>;

/** What a report shows of the sums. */
export type ToFields = (sums: UsageSums) => Fields;

async function* csvLines(
  groups: AsyncIterable<ReportGroup>,
  toFields: ToFields,
  groupBy: readonly ReportDimension[],
): AsyncGenerator<string> {
  // What goes wrong before the first group is a status, so nothing is sent before it.
  let header: string | undefined = toCsvLine([...labelsOf(groupBy), ...Object.keys(toFields(addUp([])))]);
  for await (const { labels, sums } of groups) {
    const line = toCsvLine(Object.values({ ...labels, ...toFields(sums) }));
    yield (header ?? '') + line;
    header = undefined;
  }
  if (header !== undefined) yield header;
}

async function* jsonLines(groups: AsyncIterable<ReportGroup>, toFields: ToFields): AsyncGenerator<string> {
  for await (const { labels, sums } of groups) {
    yield `${JSON.stringify({ ...labels, ...toFields(sums) })}\n`;
  }
}

function toResponse(lines: AsyncGenerator<string>, contentType: string): Response {
  return new Response(ReadableStream.from(lines).pipeThrough(new TextEncoderStream()), {
    headers: { 'content-type': contentType },
  });
}

/**
 * A page as JSON, or every group as CSV or NDJSON, sent while it is read from the database. What goes wrong before the first group
 * is still a status: Nest sends headers with the first chunk.
 */
export async function answerReport(
  reports: UsageReportService,
  visible: VisibleTenants,
  { selection, format, page }: ReportQuery,
  toFields: ToFields,
) {
  if (format !== 'json') {
    const exported = reports.all(visible, selection, page.cursor);
    return format === 'csv'
      ? toResponse(csvLines(exported, toFields, selection.groupBy), 'text/csv; charset=utf-8; header=present')
      : toResponse(jsonLines(exported, toFields), 'application/x-ndjson');
  }
  const { groups, totals, nextCursor } = await reports.page(visible, selection, page);
  return {
    object: 'list' as const,
    data: groups.map(({ labels, sums }) => ({ ...labels, ...toFields(sums) })),
    totals: toFields(totals),
    has_more: nextCursor !== null,
    next_cursor: nextCursor,
  };
}
