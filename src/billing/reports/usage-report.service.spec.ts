import { addUp } from './add-up.js';
import type { ReportDimension } from './report-dimension.js';
import type { ReportGroup } from './usage-report.js';
import type { UsageReportRepository } from './usage-report.repository.js';
import { UsageReportService } from './usage-report.service.js';

const KEYS = 25_000;
const groups = Array.from({ length: KEYS }, (_, n): ReportGroup => ({
  key: [`key_${100_000 + n}`],
  labels: { key_id: `key_${100_000 + n}` },
  sums: addUp([]),
}));
const behind = (cursor: readonly string[] | null) =>
  groups.filter(({ key: [id = ''] }) => cursor === null || id > (cursor[0] ?? ''));

/** A ledger of many keys that counts how often all of it is summed. */
class Repository {
  sums = 0;
  listGroups(_: unknown, __: unknown, { cursor, limit }: { cursor: string[] | null; limit: number }) {
    this.sums += 1;
    return Promise.resolve(behind(cursor).slice(0, limit));
  }
  async *readGroups(_: unknown, __: unknown, ___: unknown, { first, others }: { first: number; others: number }) {
    this.sums += 1;
    yield await Promise.resolve(groups.slice(0, first));
    for (let at = first; at < KEYS; at += others) yield await Promise.resolve(groups.slice(at, at + others));
  }
}

describe(UsageReportService.name, () => {
  it('sums a range once for an export that is in the order of neither tenants nor time', async () => {
    const repository = new Repository();
    const service = new UsageReportService(repository as unknown as UsageReportRepository);
    const groupBy: ReportDimension[] = ['key'];
    const [from, to] = [new Date('2026-01-01'), new Date('2027-01-01')];
    const seen: ReportGroup[] = [];
    for await (const group of service.all(null, { from, to, timeZone: 'UTC', groupBy, filters: {} })) seen.push(group);
    expect(seen).toEqual(groups);
    expect(repository.sums).toBe(1);
  });
});
