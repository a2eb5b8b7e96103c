import { writeFile } from 'node:fs/promises';
import type { JournalEntry, JournalUsage } from './journal.js';
import type { JournalFile } from './json-lines-file.js';

const METRICS: Readonly<Record<string, (usage: JournalUsage) => number>> = {
  InputTokenCount: (usage) => usage.inputTokens,
  OutputTokenCount: (usage) => usage.outputTokens,
  CacheReadInputTokenCount: (usage) => usage.cacheReadTokens,
  CacheWriteInputTokenCount: (usage) => usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
};

/**
 * A file with the sums by day that CloudWatch's GetMetricData answers for the namespace `AWS/Bedrock`, labelled
 * `${PROP('MetricName')} ${PROP('Dim.ModelId')}`. It is written when it is closed.
 */
export class MetricFile implements JournalFile {
  private readonly sums = new Map<string, Map<string, number>>();

  constructor(private readonly path: string) {}

  write({ usage, modelId, endedAt, operation }: JournalEntry): void {
    if (usage === null || endedAt === null || operation === 'CountTokens' || operation === 'ApplyGuardrail') return;
    const day = `${endedAt.slice(0, 10)}T00:00:00Z`;
    for (const [metric, count] of Object.entries(METRICS)) {
      if (count(usage) === 0) continue;
      const label = `${metric} ${modelId}`;
      const days = this.sums.get(label) ?? new Map<string, number>();
      days.set(day, (days.get(day) ?? 0) + count(usage));
      this.sums.set(label, days);
    }
  }

  async close(): Promise<void> {
    const results = [...this.sums].map(([label, days], index) => ({
      Id: `m${index}`,
      Label: label,
      Timestamps: [...days.keys()],
      Values: [...days.values()],
      StatusCode: 'Complete',
    }));
    await writeFile(this.path, `${JSON.stringify({ MetricDataResults: results, Messages: [] }, null, 2)}\n`);
  }
}
