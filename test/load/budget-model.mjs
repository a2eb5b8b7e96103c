// Random steps on budgets (reservations, settlements, late and repeated events, changed limits, crashes) against the small
// model of test/integration/budget-model.spec.ts, which must agree after each of them; several databases at once. The
// control lets one pico-USD too much through, and must be found out.
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
import { anyCommand, BudgetRun, Disagreement } from '../support/budget-model.ts';
import { usageEvent } from '../support/usage-samples.ts';

const STEPS = Number(process.argv[2] ?? 200_000);
const MINUTES_MAX = Number(process.argv[3] ?? 30);
const STEPS_PER_RUN = 500;
const LANES = 4;
const INTERRUPTIONS_MAX = 20;
const WRITER = '00000000-0000-4000-8000-000000000001';

const folder = mkdtempSync(path.join(tmpdir(), 'budget-model-'));
chmodSync(folder, 0o755);
const postgres = await EmbeddedPostgres.start(folder);
const lanes = await openLanes();
let failed = true;
try {
  const fair = await run('budgets', STEPS, MINUTES_MAX);
  for (const { url } of lanes) await breakAdmission(url);
  const control = await run('control', STEPS_PER_RUN * 40, 2);
  console.table([fair, control]);
  failed = fair.disagreement !== null || fair.steps < STEPS || control.disagreement === null;
} finally {
  for (const { close } of lanes) await close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(failed ? 'FAILED' : 'The budgets agreed with the model; the control did not.');
process.exit(failed ? 1 : 0);

/** Databases without care for a crash of the machine: what is looked for is in the statements. */
async function openLanes() {
  await applyMigrations(postgres.url);
  const client = new Client({ connectionString: postgres.url.replace(/[^/]*$/, 'postgres') });
  await client.connect();
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    await client.query(`ALTER SYSTEM SET ${setting} = off`);
  }
  await client.query('SELECT pg_reload_conf()');
  const names = Array.from({ length: LANES }, (_, n) => `lane_${n}`);
  for (const name of names) await client.query(`CREATE DATABASE ${name} TEMPLATE gateway`);
  await client.end();
  return names.map((name) => openLane(postgres.url.replace(/[^/]*$/, name)));
}

function openLane(url) {
  const prisma = new PrismaService({ databaseUrl: url, databasePoolSize: 2 });
  const store = new LedgerStore(url);
  return {
    url,
    close: () => Promise.all([prisma.$disconnect(), store.close()]),
    ground: {
      budgets: new BudgetRepository(prisma),
      store,
      prisma,
      event: usageEvent,
      eventRecord: toEventRecord,
      intentRecord: (event) => toIntentRecord(event, WRITER),
    },
  };
}

async function run(name, stepsMax, minutesMax) {
  const startedAt = performance.now();
  const secondsGone = () => (performance.now() - startedAt) / 1_000;
  const seed = Date.now();
  const found = { steps: 0, rounds: 0, interrupted: 0, disagreement: null };
  await Promise.all(
    lanes.map(async ({ ground }) => {
      while (found.disagreement === null && found.steps < stepsMax && secondsGone() < minutesMax * 60) {
        await round(ground, seed + found.rounds++, found, name);
      }
    }),
  );
  const seconds = Math.round(secondsGone());
  const disagreement = found.disagreement?.split('\n')[0] ?? null;
  return { name, seed, steps: found.steps, seconds, interrupted: found.interrupted, disagreement };
}

/** A machine that is busy elsewhere may let a connection time out. That says nothing, so such a round counts for nothing. */
async function round(ground, seed, found, name) {
  const model = new BudgetRun(ground);
  const commands = sample(anyCommand, { numRuns: STEPS_PER_RUN, seed });
  let steps = 0;
  try {
    await model.start();
    for (const command of commands) {
      await model.step(command);
      steps += 1;
    }
    found.steps += steps;
  } catch (error) {
    if (error instanceof Disagreement) {
      found.disagreement = error.message;
      found.steps += steps;
      if (name !== 'control') console.error(`seed ${seed}: ${error.stack}`);
    } else {
      found.interrupted += 1;
      console.error(`seed ${seed}, after ${steps} steps: ${error.message}`);
      if (found.interrupted > INTERRUPTIONS_MAX) throw error;
    }
  }
}

/** One pico-USD more than the limit is let through. */
async function breakAdmission(url) {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(`SELECT pg_get_functiondef('budget_admit'::regproc) AS definition`);
  const broken = rows[0].definition
    .replace('ceiling = greatest(limit_now,', 'ceiling = greatest(limit_now + 1,')
    .replace('amount <= limit_now', 'amount <= limit_now + 1');
  if (broken === rows[0].definition) throw new Error('the control changes nothing');
  await client.query(broken);
  await client.end();
}
