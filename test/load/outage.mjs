// Whether an outage of PostgreSQL is felt: under load it is stopped for 60 s and, in another run, halted with its
// connections open, so that nothing answers and nothing ends. No request of a tenant with a soft budget may fail or take
// more than ten seconds, and afterwards the ledger must be what the sandbox's journal says. Requests under a hard budget are
// refused meanwhile, in the same time, which shows that it was away. The control has no disk for a journal, and its
// requests must fail.
// npm run build && node test/load/outage.mjs [seconds]
import { setTimeout as wait } from 'node:timers/promises';
import { closeTraffic, sendChat } from '../support/chat-traffic.ts';
import { conclude, countEnds, createTenant, proveLedger, startHouse } from './lib/house.mjs';
import { Stops } from './lib/processes.mjs';

const OUTAGE_SECONDS = Number(process.argv[2] ?? 60);
const REPLICAS = 2;
const CALLERS = { soft: 24, hard: 4 };
const AROUND_MS = 5_000;
const PAUSE_MS = 100;
const AFTER_REFUSAL_MS = 500;
/** What nobody may wait for. */
const SLOW_SECONDS = 10;
/** A client that waits for longer has given up. */
const PATIENCE_MS = 30_000;
const WHOLE_WITHIN_MS = 30_000;
const MODEL = 'amazon.nova-lite-v1:0';

const proof = await run('outage', { seconds: OUTAGE_SECONDS });
const silence = await run('silence', { seconds: OUTAGE_SECONDS, isSilent: true });
const control = await run('control', { seconds: 45, withoutDisk: true });
conclude(
  [proof, silence, control],
  [...judge(proof), ...judge(silence), ...(control.failed > 0 ? [] : ['the control failed nobody'])],
);

async function run(name, { seconds, withoutDisk = false, isSilent = false }) {
  const stops = new Stops();
  try {
    const house = await startHouse({ replicas: REPLICAS, withoutDisk }, stops);
    const { postgres, replicas } = house;
    const soft = await createTenant(replicas[0], 'soft', {
      budget: { limit_usd: '0.01', hard: false },
    });
    const hard = await createTenant(replicas[0], 'hard', {
      budget: { limit_usd: '1000', hard: true },
    });
    const load = { over: false };
    const callers = Promise.all([call(house, soft.key, CALLERS.soft, load), call(house, hard.key, CALLERS.hard, load)]);
    await wait(AROUND_MS);
    await (isSilent ? postgres.freeze() : postgres.stop());
    await wait(seconds * 1_000);
    await (isSilent ? postgres.thaw() : postgres.resume());
    await wait(AROUND_MS);
    load.over = true;
    const [softEnds, hardEnds] = await callers;
    const { violations, seconds: wholeAfter, ...comparison } = await proveLedger(house, WHOLE_WITHIN_MS);
    return {
      name,
      'seconds away': seconds,
      soft: countEnds(softEnds),
      failed: softEnds.filter(({ status, whole }) => !whole || status !== 200).length,
      'slowest s': slowest(softEnds),
      hard: countEnds(hardEnds),
      refused: hardEnds.filter(({ status }) => status === 503).length,
      'slowest hard s': slowest(hardEnds),
      ...comparison,
      'whole after s': wholeAfter,
      violations: JSON.stringify(violations),
    };
  } finally {
    closeTraffic();
    await stops.run();
  }
}

/** So many clients, one request after the other, every other one a stream. */
async function call({ replicas }, key, callers, load) {
  const ends = [];
  async function work(_, caller) {
    for (let n = caller; !load.over; n += 1) {
      const stream = n % 2 === 0;
      const content = `Say something. [[sandbox: ${JSON.stringify(stream ? { chunks: 5, delayMs: 20 } : { headersDelayMs: 100 })}]]`;
      const { url } = replicas[n % replicas.length];
      const sent = sendChat({ url, key }, { model: MODEL, content, stream, maxTokens: 64 });
      const sentAt = performance.now();
      const end = await Promise.race([sent, wait(PATIENCE_MS, { status: null, whole: false }, { ref: false })]);
      ends.push({ ...end, seconds: (performance.now() - sentAt) / 1_000 });
      await wait(end.status === 200 ? PAUSE_MS : AFTER_REFUSAL_MS);
    }
  }
  await Promise.all(Array.from({ length: callers }, work));
  return ends;
}

function slowest(ends) {
  return Number(Math.max(...ends.map(({ seconds }) => seconds)).toFixed(1));
}

function judge({ failed, refused, lost, doubled, different, estimated, unsent, violations, ...times }) {
  const longest = Math.max(times['slowest s'], times['slowest hard s']);
  const wrong = lost + doubled + different + estimated + unsent;
  return [
    ...(failed === 0 ? [] : [`${failed} requests under a soft budget failed`]),
    ...(longest <= SLOW_SECONDS ? [] : [`a request took ${longest} s`]),
    ...(refused > 0 ? [] : ['no request under a hard budget was refused: was the database away?']),
    ...(wrong === 0 ? [] : ['the ledger is not what the journal says']),
    ...(violations === '{}' ? [] : [`after 30 s: ${violations}`]),
  ];
}
