// Minutes at half of what the gateway can do, and what becomes of its memory: after the warm-up, neither what is resident
// nor what is left of the heap after a full collection may rise by more than 1 MB a minute. As a control, a gateway that
// keeps the body of every request must be found out by the latter in two minutes. Loopback only; ends by itself.
// npm run build && node test/load/soak.mjs [minutes: 10, 1 to try it] [transport: lean]
import { setTimeout as wait } from 'node:timers/promises';
import { ask, keepAsking } from './lib/chat-client.mjs';
import { median, toMegabytes } from './lib/figures.mjs';
import { cpuMs, LEAK, MEMORY_PROBE, memoryOf, startGateway, startUpstream, Stops } from './lib/processes.mjs';

const CLIENTS = 16;
const PEAK_MS = 5_000;
const SAMPLE_MS = 5_000;
const LIMIT_MB = 1;
/** Nobody reads on in a stream that was left after so long. */
const LEAVE_EVERY = 50;

/** Of a request beside its prompt, so that whoever keeps bodies keeps something. */
const NOTE = 'A note of the client, which is not sent to Bedrock. '.repeat(40);
const CONTROL_MINUTES_MAX = 2;

const [minutes = '10', transport = 'lean'] = process.argv.slice(2);
const soaked = await run('as it is', Number(minutes), []);
const leaking = await run('control: keeps every body', Math.min(Number(minutes), CONTROL_MINUTES_MAX), LEAK);
const isSteady = soaked.failures === 0 && Object.values(soaked.slopes).every((slope) => slope < LIMIT_MB);
const isFound = leaking.slopes['heap after collection'] >= LIMIT_MB;
console.log(isSteady ? 'Its memory is steady.' : 'BROKEN: its memory rises, or requests failed.');
console.log(isFound ? 'The control was found out.' : 'The control was NOT FOUND OUT.');
process.exit(isSteady && isFound ? 0 : 1);

async function run(name, forMinutes, flags) {
  const stops = new Stops();
  try {
    const upstream = await startUpstream(stops);
    const options = { flags: [...MEMORY_PROBE, ...flags], env: { BEDROCK_TRANSPORT: transport }, connections: null };
    return await soak(name, await startGateway(upstream.url, options, stops), forMinutes * 60_000);
  } finally {
    await stops.run();
  }
}

async function soak(name, gateway, totalMs) {
  const peak = await peakOf(gateway);
  const warmUpMs = Math.max(totalMs / 5, Math.min(60_000, totalMs / 2));
  const endAt = performance.now() + totalMs;
  const load = pace(gateway, peak / 2, endAt);
  const samples = [];
  const cpuBefore = cpuMs(gateway.pid);
  for (const beganAt = performance.now(); performance.now() < endAt; await wait(SAMPLE_MS)) {
    const { rss, heapUsed, external } = await memoryOf(gateway.pid, gateway.folder);
    samples.push({ minute: (performance.now() - beganAt) / 60_000, rss, heap: heapUsed + external });
  }
  const cpu = cpuMs(gateway.pid) - cpuBefore;
  const { sent, failures, statuses } = await load;
  const late = samples.filter(({ minute }) => minute * 60_000 >= warmUpMs);
  const slopes = { resident: slopeOf(late, 'rss'), 'heap after collection': slopeOf(late, 'heap') };
  console.log(
    `\n${name}: ${totalMs / 60_000} minutes at ${Math.round(peak / 2)} requests a second, half of the peak: ${sent} requests, ` +
      `${failures} failed ${JSON.stringify(statuses)}, ${(cpu / sent).toFixed(2)} ms CPU each, the samples' collections included`,
  );
  console.table(
    Object.fromEntries(
      Object.entries({ resident: 'rss', 'heap after collection': 'heap' }).map(([memory, field]) => [
        memory,
        {
          'MB at first': toMegabytes(samples[0][field]),
          'MB after warm-up': toMegabytes(late[0][field]),
          'MB at last': toMegabytes(late.at(-1)[field]),
          'MB a minute': slopes[memory].toFixed(2),
        },
      ]),
    ),
  );
  return { slopes, failures };
}

/** Requests a second that clients which wait for nothing get answered. */
async function peakOf(gateway) {
  let answered = 0;
  const count = () => (answered += 1);
  for (const ms of [PEAK_MS, PEAK_MS]) {
    answered = 0;
    const endAt = performance.now() + ms;
    await keepAsking(gateway, { clients: CLIENTS, isOver: () => performance.now() > endAt }, count);
  }
  return (answered / PEAK_MS) * 1_000;
}

/** Sends at a rate, plain and streamed in turn, until the time is over and all are answered. */
async function pace(gateway, perSecond, endAt) {
  const running = new Set();
  const beganAt = performance.now();
  let sent = 0;
  let failures = 0;
  const statuses = {};
  while (performance.now() < endAt) {
    for (; sent < ((performance.now() - beganAt) / 1_000) * perSecond; sent += 1) {
      const leaves = sent % LEAVE_EVERY === 0;
      const asking = ask(gateway, { stream: sent % 2 === 0, leaves, metadata: { note: NOTE } }).then((answer) => {
        running.delete(asking);
        if (!leaves && (!answer.whole || answer.failed)) {
          failures += 1;
          statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
        }
        return answer;
      });
      running.add(asking);
    }
    await wait(5);
  }
  await Promise.all(running);
  return { sent, failures, statuses };
}

/** Megabytes a minute: the median of the slopes between all pairs, which a single collection more or less does not move. */
function slopeOf(samples, field) {
  const slopes = samples.flatMap((from, at) =>
    samples.slice(at + 1).map((to) => (to[field] - from[field]) / 1e6 / (to.minute - from.minute)),
  );
  return median(slopes);
}
