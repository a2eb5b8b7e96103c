import { addUp } from '../../billing/reports/add-up.js';
import { toOrganizationPage } from './organization-page.js';
import { organizationCostsQuerySchema, toBucketPage } from './organization-query.js';

const QUERY = { start_time: '1767225600', end_time: '1767484800', group_by: 'project_id' };
const DAYS = ['2026-01-01', '2026-01-02', '2026-01-03'];
const TENANTS = 6_000;

/** Of each day as many groups, and where the reader goes on. */
const reports = {
  list(_: unknown, __: unknown, { cursor, limit }: { cursor: string[] | null; limit: number }) {
    const groups = DAYS.flatMap((day) => Array.from({ length: TENANTS }, (___, n) => [day, `ten_${10_000 + n}`]));
    const behind = groups.filter((key) => cursor === null || key.join(' ') > cursor.join(' ')).slice(0, limit);
    return Promise.resolve(
      behind.map((key) => ({ key, labels: { day: key[0] ?? '', tenant_id: key[1] ?? '' }, sums: addUp([]) })),
    );
  },
};

const read = (page?: string) => {
  const query = organizationCostsQuerySchema.parse({ ...QUERY, ...(page && { page }) });
  return toOrganizationPage(reports, null, toBucketPage(query), () => ({}), ['project_id']);
};

describe(toOrganizationPage.name, () => {
  it('ends within a bucket that has too many results, and goes on behind them', async () => {
    const first = await read();
    expect(first.data.map(({ results }) => results.length)).toEqual([TENANTS, 10_000 - TENANTS]);
    expect(first.has_more).toBe(true);
    const second = await read(first.next_page ?? '');
    expect(second.data.map(({ results }) => results.length)).toEqual([2 * TENANTS - 10_000, TENANTS]);
    expect(second.data.map(({ start_time: start }) => start)).toEqual([1767312000, 1767398400]);
    expect(second).toMatchObject({ has_more: false, next_page: null });
    const seen = [...first.data, ...second.data].flatMap(({ start_time: start, results }) =>
      results.map((result) => `${start} ${String(result['project_id'])}`),
    );
    expect(new Set(seen).size).toBe(DAYS.length * TENANTS);
  });

  it('refuses a page of another list', async () => {
    const page = `page_1767312000.${Buffer.from('["2026-01-02"]').toString('base64url')}`;
    await expect(async () => read(page)).rejects.toThrow('next_page');
  });
});
