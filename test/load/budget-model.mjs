// Random steps on budgets (reservations, settlements, late and repeated events, changed limits, crashes) against the small
// model of test/integration/budget-model.spec.ts, which must agree after each of them. The control lets one pico-USD too
// much through, and must be found out.
// npm run build && node test/load/budget-model.mjs [steps] [minutes at most]
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sample } from 'fast-check';
import { Client } from 'pg';
import { BudgetRepository } from '../../dist/billing/budgets/budget.repository.js';
import { toEventRecord, toIntentRecord } from '../../dist/billing/metering/ledger-record.js';
import { LedgerStore } from '../../dist/billing/metering/ledger-store.js';
import { EmbeddedPostgres } from '../../dist/database/embedded/embedded-postgres.js';
import { applyMigrations } from '../../dist/database/migrations.js';
import { PrismaService } from '../../dist/database/prisma.service.js';
import { anyCommand, BudgetRun } from '../support/budget-model.ts';
import { usageEvent } from '../support/usage-samples.ts';

const STEPS = Number(process.argv[2] ?? 200_000);
const MINUTES_MAX = Number(process.argv[3] ?? 30);
const STEPS_PER_RUN = 500;
const WRITER = '00000000-0000-4000-8000-000000000001';

const folder = mkdtempSync(path.join(tmpdir(), 'budget-model-'));
chmodSync(folder, 0o755);
const postgres = await EmbeddedPostgres.start(folder);
await applyMigrations(postgres.url);
const prisma = new PrismaService({ databaseUrl: postgres.url, databasePoolSize: 2 });
const store = new LedgerStore(postgres.url);
const ground = {
  budgets: new BudgetRepository(prisma),
  store,
  prisma,
  event: usageEvent,
  eventRecord: toEventRecord,
  intentRecord: (event) => toIntentRecord(event, WRITER),
};

const fair = await run('budgets', STEPS, MINUTES_MAX);
await breakAdmission();
const control = await run('control', STEPS_PER_RUN * 20, 2);
console.table([fair, control]);
await Promise.all([prisma.$disconnect(), store.close()]);
await postgres.stop();
rmSync(folder, { recursive: true, force: true });
const failed = fair.disagreement !== null || control.disagreement === null;
console.log(failed ? 'FAILED' : 'The budgets agreed with the model; the control did not.');
process.exit(failed ? 1 : 0);

async function run(name, stepsMax, minutesMax) {
  const startedAt = performance.now();
  const secondsGone = () => (performance.now() - startedAt) / 1_000;
  const seed = Date.now();
  let steps = 0;
  let disagreement = null;
  for (let round = 0; disagreement === null && steps < stepsMax && secondsGone() < minutesMax * 60; round += 1) {
    const commands = sample(anyCommand, { numRuns: STEPS_PER_RUN, seed: seed + round });
    const model = new BudgetRun(ground);
    await model.start();
    try {
      for (const command of commands) {
        await model.step(command);
        steps += 1;
      }
    } catch (error) {
      disagreement = error.message;
      if (name !== 'control') console.error(`seed ${seed + round}: ${error.stack}`);
    }
  }
  const seconds = Math.round(secondsGone());
  return { name, seed, steps, seconds, disagreement: disagreement && disagreement.split('\n')[0] };
}

/** One pico-USD more than the limit is let through. */
async function breakAdmission() {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query(`SELECT pg_get_functiondef('budget_admit'::regproc) AS definition`);
  const broken = rows[0].definition
    .replace('ceiling = greatest(limit_now,', 'ceiling = greatest(limit_now + 1,')
    .replace('amount <= limit_now', 'amount <= limit_now + 1');
  if (broken === rows[0].definition) throw new Error('the control changes nothing');
  await client.query(broken);
  await client.end();
}
