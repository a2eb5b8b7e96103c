// Whether a budget is ever overrun: 64 workers spend it through four replicas, in one tenant and then in a thousand. Costs are
// random and mostly below what was reserved. In the control the database's function that admits a call reads what is spent
// and reserves nothing, as gateways do elsewhere; it must overrun.
// npm run build && node test/load/budget-race.mjs [requests] [tenants]
import { setTimeout as wait } from 'node:timers/promises';
import { inParallel } from '../support/chat-traffic.ts';
import { admin, conclude, createTenant, query, startHouse } from './lib/house.mjs';
import { Stops } from './lib/processes.mjs';

const REQUESTS = Number(process.argv[2] ?? 20_000);
const TENANTS = Number(process.argv[3] ?? 1_000);
const REPLICAS = 4;
const WORKERS = 64;
const OUTPUT_TOKENS_MAX = 1_000;
const PICO = 1e12;
/** Every replica knows a new budget within a second; a busy machine takes longer. */
const KNOWN_AFTER_MS = 3_000;
const MODEL = 'global.anthropic.claude-sonnet-4-6';

/** How budgets are overrun elsewhere: what is spent is read, then the call is made, then it is written. */
const NAIVE_ADMISSION = `
  CREATE OR REPLACE FUNCTION budget_admit(
    reservation uuid, writer uuid, tenant text, key text, priced_model text, call_tags jsonb, amount numeric, lost_event jsonb
  ) RETURNS text LANGUAGE sql AS $$
    SELECT b.id FROM budgets b JOIN budget_windows w ON w.budget_id = b.id
    WHERE b.tenant_id IN ('', tenant) AND w.spent + amount > b.limit_pico_usd LIMIT 1
  $$`;

const results = [];
for (const scenario of [
  { name: 'one tenant', tenants: 1, largestRequests: REQUESTS / 8 },
  { name: `${TENANTS} tenants`, tenants: TENANTS, largestRequests: 2 },
  { name: 'control', tenants: 1, largestRequests: REQUESTS / 8, requests: Math.min(REQUESTS, 4_000), isNaive: true },
]) {
  results.push(await run(scenario));
}
// Whatever else may be wrong with the control proves nothing about budgets.
const failures = results.filter((result) =>
  result.scenario === 'control' ? result['overrun (largest requests)'] <= 0 : !result.holds,
);
conclude(
  results,
  failures.map(({ scenario }) =>
    scenario === 'control' ? 'the control did not overrun' : `${scenario} does not hold`,
  ),
);

async function run({ name, tenants, largestRequests, requests = REQUESTS, isNaive = false }) {
  const stops = new Stops();
  try {
    const house = await startHouse({ replicas: REPLICAS }, stops);
    const { postgres, replicas } = house;
    const largest = await measureLargest(house);
    const scale = requests / REQUESTS;
    const limit = Math.floor(tenants === 1 ? largest * largestRequests * scale : largest * largestRequests);
    const keys = await createTenants(house, tenants, { limit, ofAll: limit * tenants + largest });
    if (isNaive) await query(postgres.url, (client) => client.query(NAIVE_ADMISSION));
    const before = await countDeadlocks(postgres);
    const statuses = {};
    const startedAt = performance.now();
    await inParallel(requests, WORKERS, async (n) => {
      const status = await spend(replicas[n % REPLICAS], keys[n % tenants]);
      statuses[status] = (statuses[status] ?? 0) + 1;
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    const outcome = await weigh(postgres);
    const deadlocks = (await countDeadlocks(postgres)) - before;
    const { 200: admitted = 0, 429: refused = 0, ...others } = statuses;
    const errors = Object.values(others).reduce((total, count) => total + count, 0);
    const inOrder = deadlocks === 0 && errors === 0 && outcome.held === 0 && outcome.wrong === 0;
    return {
      scenario: name,
      requests,
      admitted,
      refused,
      errors,
      deadlocks,
      'requests/s': Math.round(requests / seconds),
      'overrun (largest requests)': Number((outcome.overrun / largest).toFixed(3)),
      'unused at most (largest requests)': Number((outcome.unused / largest).toFixed(3)),
      'still held': outcome.held,
      'sums that differ': outcome.wrong,
      holds: inOrder && outcome.overrun <= 0 && outcome.unused < largest,
    };
  } finally {
    await stops.run();
  }
}

/** What the largest request reserves, in pico-USD: what is held while a slow one runs. */
async function measureLargest({ postgres, replicas: [replica] }) {
  const { key } = await createTenant(replica, 'probe', { budget: { limit_usd: '1', hard: true } });
  await wait(KNOWN_AFTER_MS);
  const answered = ask(replica, key, toBody(OUTPUT_TOKENS_MAX, { headersDelayMs: KNOWN_AFTER_MS }));
  let held = 0;
  for (const end = performance.now() + 2 * KNOWN_AFTER_MS; held === 0 && performance.now() < end; await wait(50)) {
    held = (await weigh(postgres)).held;
  }
  await (await answered).arrayBuffer();
  if (held === 0) throw new Error('the probe reserved nothing');
  return held;
}

/** Budgets of all tenants lie over those of each, so that every request takes several locks. */
async function createTenants({ replicas }, count, { limit, ofAll }) {
  const keys = [];
  await inParallel(count, 16, async (n) => {
    const budget = { limit_usd: toUsd(limit), hard: true };
    keys[n] = (await createTenant(replicas[n % REPLICAS], `tenant ${n}`, { budget })).key;
  });
  for (const window of ['day', 'month']) {
    await admin(replicas[0], '/budgets', { name: window, window, limit_usd: toUsd(ofAll), hard: true });
  }
  await wait(KNOWN_AFTER_MS);
  return keys;
}

async function spend(replica, key) {
  const outputTokensMax = 1 + Math.floor(Math.random() * OUTPUT_TOKENS_MAX);
  const outputTokens = Math.random() < 0.3 ? outputTokensMax : Math.ceil(Math.random() * outputTokensMax);
  try {
    const response = await ask(
      replica,
      key,
      toBody(outputTokensMax, { reply: 'ok', usage: { inputTokens: 10, outputTokens } }),
    );
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 'unanswered';
  }
}

function ask({ url }, key, body) {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function toBody(outputTokensMax, behaviour) {
  const content = `Say something. [[sandbox: ${JSON.stringify(behaviour)}]]`.padEnd(120, '.');
  return { model: MODEL, max_tokens: outputTokensMax, messages: [{ role: 'user', content }] };
}

/** In pico-USD, over the budgets of tenants that were spent: the worst overrun, the largest rest, and what does not add up. */
function weigh({ url }) {
  return query(url, async (client) => {
    const { rows } = await client.query(
      `SELECT max(w.spent - b.limit_pico_usd)::float8 AS overrun, max(b.limit_pico_usd - w.spent)::float8 AS unused,
         (SELECT sum(reserved)::float8 FROM budget_windows) AS held,
         count(*) FILTER (WHERE w.spent IS DISTINCT FROM (
           SELECT sum(e.cost_pico_usd) FROM usage_events e WHERE e.tenant_id = b.tenant_id
         ))::integer AS wrong
       FROM budgets b JOIN budget_windows w ON w.budget_id = b.id WHERE b.tenant_id <> '' AND b.name <> 'probe'`,
    );
    return rows[0];
  });
}

function countDeadlocks({ url }) {
  return query(url, async (client) => {
    await client.query('SELECT pg_stat_force_next_flush()');
    const { rows } = await client.query('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
    return Number(rows[0].deadlocks);
  });
}

function toUsd(picoUsd) {
  return (picoUsd / PICO).toFixed(12);
}
