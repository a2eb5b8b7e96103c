// Whether a crash loses or doubles usage: 200 requests at the same time, half of them streams, while a replica is killed
// with kill -9 every 2 s and PostgreSQL every 15 s. Afterwards the ledger must be what the sandbox's journal says, with
// all invariants holding within 30 s. The control has no disk for what is not in the database yet, and must be found out.
// npm run build && node test/load/crash.mjs [requests]
import { setTimeout as wait } from 'node:timers/promises';
import { closeTraffic, inParallel, sendChat } from '../support/chat-traffic.ts';
import { conclude, countEnds, createTenant, proveLedger, query, startHouse } from './lib/house.mjs';
import { Stops } from './lib/processes.mjs';

const REQUESTS_FULL = 10_000;
const REQUESTS = Number(process.argv[2] ?? REQUESTS_FULL);
const AT_ONCE = 200;
const REPLICAS = 3;
const KILL_REPLICA_MS = 2_000;
/** Of one request, before its 503 counts. */
const TRIES_MAX = 100;
const WHOLE_WITHIN_MS = 30_000;
const MODEL = 'amazon.nova-lite-v1:0';

const proof = await run('crashes', { requests: REQUESTS, killDatabaseMs: 15_000 });
const control = await run('control', { requests: Math.min(REQUESTS, 4_000), killDatabaseMs: 2_000, withoutDisk: true });
conclude([proof, control], [...judge(proof), ...judgeControl(control)]);

async function run(name, { requests, killDatabaseMs, withoutDisk = false }) {
  const stops = new Stops();
  try {
    const house = await startHouse({ replicas: REPLICAS, withoutDisk }, stops);
    const keys = await createTenants(house);
    const ends = [];
    const load = { over: false };
    const startedAt = performance.now();
    const kills = Promise.all([killReplicas(house, load), killDatabase(house, load, killDatabaseMs)]);
    await inParallel(requests, AT_ONCE, async (n) => {
      ends.push(await send(house, keys[n % 4 < 2 ? 0 : 1], n));
    });
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    load.over = true;
    const [replicaKills, databaseKills] = await kills;
    const failedStarts = house.replicas.reduce((sum, replica) => sum + replica.failedStarts, 0);
    const result = await proveLedger(house, WHOLE_WITHIN_MS);
    const copied = withoutDisk ? await copyThreeEvents(house) : null;
    const counts = { name, requests, ends: countEnds(ends), seconds, replicaKills, databaseKills, failedStarts };
    return { ...counts, ...rename(result), ...(copied !== null && { 'doubled by hand': copied }) };
  } finally {
    closeTraffic();
    await stops.run();
  }
}

/** One under a hard budget, whose calls are reserved first, and one under a soft one. */
async function createTenants({ replicas: [replica] }) {
  const tenants = [
    await createTenant(replica, 'hard', { budget: { limit_usd: '1000', hard: true } }),
    await createTenant(replica, 'soft', { budget: { limit_usd: '0.01', hard: false } }),
  ];
  return tenants.map(({ key }) => key);
}

/** As a load balancer and a client do: whoever does not listen is passed over, and whoever is not able yet is asked again. */
async function send({ replicas }, key, n) {
  const behaviour = n % 2 === 0 ? { chunks: 5, delayMs: 10 } : { headersDelayMs: 50 };
  const content = `Say something about ${n}. [[sandbox: ${JSON.stringify(behaviour)}]]`;
  for (let tries = 0; ; tries += 1) {
    const { url } = replicas[(n + tries) % replicas.length];
    const end = await sendChat({ url, key }, { model: MODEL, content, stream: n % 2 === 0, maxTokens: 64 });
    if (!end.unheard && (end.status !== 503 || tries > TRIES_MAX)) return end;
    await wait(end.unheard ? 50 : 500);
  }
}

/** One after the other; on a machine so busy that starts take longer, one is left to serve. */
async function killReplicas({ replicas }, load) {
  let kills = 0;
  const restarts = [];
  for (let n = 0; !load.over; n += 1) {
    await wait(KILL_REPLICA_MS);
    const up = [0, 1, 2].map((offset) => replicas[(n + offset) % REPLICAS]).filter(({ isUp }) => isUp);
    if (load.over || up.length < 2) continue;
    await up[0].kill();
    kills += 1;
    restarts.push(up[0].start());
  }
  await Promise.all(restarts);
  return kills;
}

async function killDatabase({ postgres }, load, everyMs) {
  let kills = 0;
  for (let sinceMs = 0; !load.over; sinceMs += 100) {
    await wait(100);
    if (sinceMs < everyMs) continue;
    sinceMs = 0;
    await postgres.kill();
    kills += 1;
    await postgres.resume();
  }
  return kills;
}

/** What the comparison must see as well: three calls that are in the ledger twice. */
async function copyThreeEvents({ postgres, sandbox }) {
  await query(postgres.url, async (client) => {
    await client.query('CREATE TEMP TABLE copies AS SELECT * FROM usage_events WHERE usage_reported LIMIT 3');
    await client.query('UPDATE copies SET id = gen_random_uuid()');
    await client.query('INSERT INTO usage_events SELECT * FROM copies');
  });
  return (await proveLedger({ postgres, sandbox }, 0)).doubled;
}

function rename({ violations, seconds, ...comparison }) {
  return { ...comparison, 'whole after s': seconds, violations: JSON.stringify(violations) };
}

/** Fewer requests than the full count may be over before PostgreSQL is killed. */
function judge({ requests, lost, doubled, different, violations, replicaKills, databaseKills }) {
  return [
    ...(replicaKills > 0 ? [] : ['no replica was killed']),
    ...(databaseKills > 0 || requests < REQUESTS_FULL ? [] : ['PostgreSQL was not killed']),
    ...(lost + doubled + different === 0 ? [] : [`lost ${lost}, doubled ${doubled}, different ${different}`]),
    ...(violations === '{}' ? [] : [`after 30 s: ${violations}`]),
  ];
}

function judgeControl({ lost, doubled, 'doubled by hand': copied }) {
  const isFound = lost > 0 && copied === doubled + 3;
  return isFound ? [] : ['the control lost nothing, or its copies were not seen: this test cannot fail'];
}
