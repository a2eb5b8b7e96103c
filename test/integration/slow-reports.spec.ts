import { UsageReportRepository } from '../../src/billing/reports/usage-report.repository.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { testConfig } from '../support/config.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let prisma: PrismaService;
let repository: UsageReportRepository;

beforeAll(async () => {
  database = await createTestDatabase();
  prisma = new PrismaService(testConfig(database.url));
  repository = new UsageReportRepository(prisma, testConfig(database.url));
  // What the server says when a statement has taken its time.
  await prisma.$executeRawUnsafe(`
    ALTER TABLE usage_by_tenant RENAME TO usage_of_tenants;
    CREATE FUNCTION late() RETURNS SETOF usage_of_tenants LANGUAGE plpgsql AS
      'BEGIN RAISE EXCEPTION ''canceling statement'' USING ERRCODE = ''query_canceled''; END';
    CREATE VIEW usage_by_tenant AS SELECT * FROM late()`);
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.close();
});

const query = {
  groupBy: ['tenant' as const],
  filters: {},
  buckets: {},
  grain: 'tenant' as const,
  hasBuckets: false,
  cover: {
    year: [{ from: new Date('2025-01-01'), to: new Date('2026-01-01') }],
    month: [],
    ten_days: [],
    day: [],
    six_hours: [],
    hour: [],
    event: [],
  },
};
const TOO_LONG = { status: 503, headers: { 'retry-after': '60' } };

it.each<[string, () => Promise<unknown>]>([
  ['page', () => repository.listGroups(null, query, { cursor: null, limit: 10 })],
  ['total', () => repository.getTotals(null, query)],
  ['export', () => repository.readGroups(null, query, null, { first: 1, others: 1 }).next()],
])('answers 503 for a %s that takes too long', async (_, read) => {
  await expect(read()).rejects.toMatchObject(TOO_LONG);
});
