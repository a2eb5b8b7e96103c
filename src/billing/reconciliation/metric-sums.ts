import type { ClientBase } from 'pg';
import { z } from 'zod';
import type { TokenCounts } from './invocation-record.js';
import { LATE, ON_TIME } from './ledger-entry.js';
import type { Range } from './reconcile.js';

/** CloudWatch's metrics of the namespace `AWS/Bedrock`, and what they count. */
export const METRICS = {
  InputTokenCount: 'input',
  OutputTokenCount: 'output',
  CacheReadInputTokenCount: 'cacheRead',
  CacheWriteInputTokenCount: 'cacheWrite',
} as const satisfies Record<string, keyof TokenCounts>;

/** A sum of tokens of one model and UTC day on which CloudWatch and the ledger do not agree. */
export interface MetricDrift {
  model: string;
  day: string;
  metric: keyof typeof METRICS;
  cloudwatch: number;
  ledger: number;
}

/** The answer of GetMetricData. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const schema = z.object({
  MetricDataResults: z.array(
    z
      .object({
        Label: z.string(),
        Timestamps: z.array(z.union([z.string(), z.number()])),
        Values: z.array(z.number()),
      })
      .refine(({ Timestamps, Values }) => Timestamps.length === Values.length, 'has not one value for each time'),
  ),
});

/** Sums by `model day metric`, of results labelled with the metric and the model id. Throws for what it cannot read. */
export function toMetricSums(json: unknown, { from, to }: Range): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { Label, Timestamps, Values } of schema.parse(json).MetricDataResults) {
    const words = Label.split(/\s+/);
    const metric = words.find((word) => word in METRICS);
    const model = words.find((word) => word !== metric);
    if (metric === undefined || model === undefined || words.length !== 2) {
      throw new Error(
        `The label '${Label}' must be a metric and a model id: \${PROP('MetricName')} \${PROP('Dim.ModelId')}`,
      );
    }
    for (const [index, time] of Timestamps.entries()) {
      const at = new Date(typeof time === 'number' ? time * 1000 : time);
      if (at < from || at >= to) continue;
      const key = `${model.replace(/^arn:.*\//, '')} ${at.toISOString().slice(0, 10)} ${metric}`;
      sums.set(key, (sums.get(key) ?? 0) + (Values[index] ?? 0));
    }
  }
  return sums;
}

const SQL = `
SELECT regexp_replace(resolved_model, '^arn:.*/', '') AS model, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day,
  coalesce(sum(input_tokens), 0)::float8 AS input, coalesce(sum(output_tokens), 0)::float8 AS output,
  coalesce(sum(cache_read_tokens), 0)::float8 AS "cacheRead",
  (coalesce(sum(cache_write_5m_tokens), 0) + coalesce(sum(cache_write_1h_tokens), 0))::float8 AS "cacheWrite"
FROM (SELECT e.occurred_at AS at, e.* FROM ${ON_TIME} UNION ALL SELECT l.belongs_at, e.* FROM ${LATE}) e
GROUP BY 1, 2`;

type Row = { model: string; day: string } & Record<keyof TokenCounts, number>;

/** Where the sums of the ledger are others, in the order of model, day and metric. */
export async function compareMetrics(db: ClientBase, sums: Map<string, number>, range: Range): Promise<MetricDrift[]> {
  const { rows } = await db.query<Row>(SQL, [range.from, range.to]);
  const ledger = new Map<string, number>(
    rows.flatMap((row) =>
      Object.entries(METRICS).map(([metric, field]) => [`${row.model} ${row.day} ${metric}`, row[field]] as const),
    ),
  );
  return [...new Set<string>([...sums.keys(), ...ledger.keys()])].toSorted().flatMap((key) => {
    const [model = '', day = '', metric = ''] = key.split(' ');
    const [cloudwatch, own] = [sums.get(key) ?? 0, ledger.get(key) ?? 0];
    return cloudwatch === own ? [] : [{ model, day, metric: metric as MetricDrift['metric'], cloudwatch, ledger: own }];
  });
}
