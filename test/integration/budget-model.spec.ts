import { Logger } from '@nestjs/common';
import { array, asyncProperty, check } from 'fast-check';
import { BudgetRepository } from '../../src/billing/budgets/budget.repository.js';
import { toEventRecord, toIntentRecord } from '../../src/billing/metering/ledger-record.js';
import { LedgerStore } from '../../src/billing/metering/ledger-store.js';
import { PrismaService } from '../../src/database/prisma.service.js';
import { anyCommand, BudgetRun, type Ground } from '../support/budget-model.js';
import { testConfig } from '../support/config.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { usageEvent } from '../support/usage-samples.js';

const WRITER = '00000000-0000-4000-8000-000000000001';
/** `test/load/budget-model.mjs` runs a hundred times as many. */
const RUNS = 20;
const STEPS = 100;

describe('budgets, over random steps', () => {
  let database: TestDatabase;
  let prisma: PrismaService;
  let store: LedgerStore;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    database = await createTestDatabase();
    prisma = new PrismaService(testConfig(database.url));
    store = new LedgerStore(database.url);
  });
  afterAll(async () => {
    await Promise.all([prisma.$disconnect(), store.close()]);
    await database.close();
  });

  it('agree with a small model after each of them', async () => {
    const ground: Ground = {
      budgets: new BudgetRepository(prisma),
      store,
      prisma,
      event: usageEvent,
      eventRecord: toEventRecord,
      intentRecord: (event) => toIntentRecord(event, WRITER),
    };
    const commands = array(anyCommand, { minLength: STEPS, maxLength: STEPS });
    const result = await check(
      asyncProperty(commands, async (steps) => {
        const run = new BudgetRun(ground);
        await run.start();
        for (const step of steps) await run.step(step);
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: 60_000, endOnFailure: false },
    );
    expect([result.errorInstance, result.counterexample, result.failed]).toEqual([null, null, false]);
  }, 120_000);
});
