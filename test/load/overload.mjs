// What a gateway that is asked for more than it can do still does: answers a second (goodput), the part that is refused
// and how soon, and how long accepted requests take, at parts and multiples of its capacity, without a gate and with it.
// Three tenants share it, of which one asks for far more than the others. All rates are asked for in turn, several times
// over, because the machine may be faster in one minute than in the next. Everything runs on loopback and ends by itself.
// With the gate `bound`, which needs a slow upstream, it is the requests at the same time that are limited, not the processor.
// npm run build && node test/load/overload.mjs [upstream ms: 0,100] [gates: on,off,bound] [seconds a step] [workers] [rounds]
import { median, quantile } from './lib/figures.mjs';
import { cpuMs, start, startGateway, startUpstream, Stops } from './lib/processes.mjs';
import { join } from 'node:path';

const MODEL = 'amazon.nova-lite-v1:0';
const TENANTS = [
  { name: 'greedy', weight: 1, share: 6 },
  { name: 'important', weight: 3, share: 3 },
  { name: 'modest', weight: 1, share: 1 },
];
const FACTORS = [0.1, 0.5, 1, 2, 3];
const CONNECTIONS_MAX = 2_000;
const FIRST_RATE = 400;
const GROWTH = 1.25;
const GATES = {
  on: {},
  /** Without these limits, whatever comes is served in the end. */
  off: { QUEUE_MAX: '100000', QUEUE_WAIT_MAX_MS: '3600000' },
  bound: { IN_FLIGHT_MAX: '64' },
};

const [delays = '0,100', gates = 'on,off', seconds = '6', workers = '1', roundCount = '3'] = process.argv.slice(2);
const stops = new Stops();
let holds = true;
try {
  for (const delayMs of delays.split(',').map(Number)) {
    for (const gate of gates.split(',')) {
      const isGood = await measure(delayMs, gate);
      if (gate !== 'off') holds &&= isGood;
      await stops.run();
    }
  }
} finally {
  await stops.run();
}
process.exit(holds ? 0 : 1);

async function measure(delayMs, gate) {
  const upstream = await startUpstream(stops, delayMs);
  const gateway = await startGateway(upstream.url, { env: { ...GATES[gate], WORKERS: workers } }, stops);
  const script = join(import.meta.dirname, 'lib/open-loop.mjs');
  const { child } = await start([process.execPath, script], {}, /ready/, stops);
  const callers = await createCallers(gateway);
  const port = Number(new URL(gateway.url).port);
  const step = async (perSecond, forMs) => {
    const before = { cpu: cpuMs(gateway.pid), at: performance.now() };
    const answered = new Promise((resolve) => child.once('message', resolve));
    child.send({ port, perSecond, forMs, connectionsMax: CONNECTIONS_MAX, callers });
    const { results, ...rest } = await answered;
    const cores = (cpuMs(gateway.pid) - before.cpu) / (performance.now() - before.at);
    return { ...summarize(results, forMs), ...rest, cores, results };
  };

  const forMs = Number(seconds) * 1_000;
  console.log(`\nUpstream ${delayMs} ms, gate ${gate}, ${workers} process(es)`);
  // Code that has never been in a hurry is slow: the first search warms it.
  await findPeak(step, forMs / 2);
  const capacity = await findPeak(step, forMs / 2);
  console.log(`Capacity: ${capacity.toFixed(0)} answers a second`);
  const measured = [];
  for (let round = 0; round < Number(roundCount); round += 1) {
    const rows = {};
    for (const factor of FACTORS) rows[factor] = await step(capacity * factor, forMs);
    measured.push(rows);
    console.table(Object.fromEntries(FACTORS.map((factor) => [`${factor} x`, toRow(rows[factor], peakOf(rows))])));
  }
  console.table(toFairness(measured.map((rows) => rows[3].results)));
  return judge(measured);
}

/** The most answers a second at growing rates, up to one that is far more than what is answered. */
async function findPeak(step, forMs) {
  let peak = 0;
  for (let rate = FIRST_RATE; peak === 0 || rate < peak * 1.6; rate *= GROWTH) {
    peak = Math.max(peak, (await step(rate, forMs)).goodput);
  }
  return peak;
}

function summarize(results, forMs) {
  const accepted = results.flatMap((result) => result.accepted);
  const refused = results.flatMap((result) => result.refused);
  const sum = (pick) => results.reduce((total, result) => total + pick(result), 0);
  return {
    goodput: (sum(({ inTime }) => inTime) / forMs) * 1_000,
    accepted,
    refused,
    sent: sum(({ sent }) => sent),
    failed: sum(({ failed }) => failed),
  };
}

function times(values) {
  if (values.length === 0) return '–';
  return [0.5, 0.99].map((share) => quantile(values, share).toFixed(1)).join(' / ');
}

function percent(part, whole) {
  return `${((part / whole) * 100).toFixed(0)} %`;
}

function toRow({ goodput, accepted, refused, sent, failed, unanswered, connections, lateMs, cores }, peak) {
  return {
    'answers / s': goodput.toFixed(0),
    'of the peak': percent(goodput, peak),
    'accepted p50 / p99 ms': times(accepted),
    refused: `${((refused.length / sent) * 100).toFixed(1)} %`,
    'refused p50 / p99 ms': times(refused),
    failed: failed + unanswered,
    connections,
    'sent late, ms': lateMs.toFixed(0),
    'cores, first process': cores.toFixed(2),
  };
}

/** What each tenant had of the answers at the highest rate, beside what it has by its weight where all ask for more. */
function toFairness(rounds) {
  const sum = (index, pick) => rounds.reduce((total, results) => total + pick(results[index]), 0);
  const answered = TENANTS.map((_, index) => sum(index, ({ accepted }) => accepted.length));
  const answers = answered.reduce((total, count) => total + count, 0);
  const weights = TENANTS.reduce((total, { weight }) => total + weight, 0);
  return Object.fromEntries(
    TENANTS.map(({ name, weight }, index) => [
      name,
      {
        asked: sum(index, ({ sent }) => sent),
        answered: answered[index],
        'of all': percent(answered[index], answers),
        'by weight': percent(weight, weights),
      },
    ]),
  );
}

/** The most answers a second of one round. */
function peakOf(rows) {
  return Math.max(...FACTORS.map((factor) => rows[factor].goodput));
}

/** Compares within each round only. */
function judge(rounds) {
  const goodputs = rounds.map((rows) => rows[3].goodput / peakOf(rows));
  const slower = (than) =>
    median(rounds.map((rows) => quantile(rows[3].accepted, 0.99) / quantile(rows[than].accepted, 0.99)));
  console.log(
    `At 3 x: ${(median(goodputs) * 100).toFixed(0)} % of the peak; p99 ${slower(0.1).toFixed(1)} x that at 0.1 x, ` +
      `${slower(0.5).toFixed(1)} x that at 0.5 x (medians of the rounds)`,
  );
  return median(goodputs) >= 0.9 && slower(0.1) <= 2;
}

async function createCallers({ pool, adminKey, url }) {
  const post = async (path, value) => {
    const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
    const answer = await pool.request({ method: 'POST', path, headers, body: JSON.stringify(value) });
    const body = await answer.body.json();
    if (answer.statusCode !== 201) throw new Error(`${path}: ${answer.statusCode} ${JSON.stringify(body)}`);
    return body;
  };
  const callers = [];
  for (const { name, weight, share } of TENANTS) {
    const { id } = await post('/admin/v1/tenants', { name, weight });
    const { key } = await post(`/admin/v1/tenants/${id}/keys`, { name });
    callers.push({ share, bytes: toBytes(key, new URL(url).host) });
  }
  return callers;
}

function toBytes(key, host) {
  const body = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hello there!' }], max_tokens: 100 });
  return [
    'POST /v1/chat/completions HTTP/1.1',
    `host: ${host}`,
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}
