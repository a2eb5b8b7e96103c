// Memory of streams that are open and silent, with some readers that do not read: none may be dropped, and the memory
// must come back: what the heap and buffers took is free again, and what the process keeps of the system's memory serves as
// many streams a second time. Each process of the gateway needs two sockets a stream, so the limit of open files decides how many
// streams one can hold; several share them.
// npm run build && node test/load/idle-streams.mjs [streams] [slow readers] [workers] [chunks at the end]
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { toMegabytes } from './lib/figures.mjs';
import { MEMORY_PROBE, memoryOf, startGateway, startUpstream, Stops } from './lib/processes.mjs';

const HELD = 7_777;
const OPENING_AT_ONCE = 100;
const SLOW_MS = 10_000;
const BYTES_MAX = 40_000;
/** Of what a stream cost, what may still be there right after it: connections to the upstream stay for a while. */
const STAYS_MAX = 0.25;
/** So much more a second round may take. */
const AGAIN_MAX = 1.05;

const [streams = 1_000, slow = 50, workers = 1, chunks = 400] = process.argv.slice(2).map(Number);
const stops = new Stops();
let holds = false;
try {
  holds = await main();
} finally {
  await stops.run();
}
process.exit(holds ? 0 : 1);

async function main() {
  const upstream = await startUpstream(stops);
  const options = { flags: MEMORY_PROBE, env: { WORKERS: String(workers) } };
  const gateway = await startGateway(upstream.url, options, stops);
  const pids = workers === 1 ? [gateway.pid] : childrenOf(gateway.pid);
  const request = toRequest(gateway);
  const port = Number(new URL(gateway.url).port);

  // What the first streams cost once stays; it is not what one more costs.
  await runStreams(upstream, port, request, { streams: Math.min(1_000, streams), slow: 0, chunks: 1 });
  const before = await measure(pids, gateway.folder);
  const round = () => runRound({ upstream, port, request, pids, folder: gateway.folder });
  const first = await round();
  const second = await round();

  const rows = {
    before,
    'first: open': first.during,
    'first: some do not read': first.stalled,
    'first: closed': first.after,
    'second: open': second.during,
    'second: some do not read': second.stalled,
    'second: closed': second.after,
  };
  console.table(
    Object.fromEntries(
      Object.entries(rows).map(([name, { rss, heapUsed, external }]) => [
        name,
        { 'resident MB': toMegabytes(rss), 'heap MB': toMegabytes(heapUsed), 'external MB': toMegabytes(external) },
      ]),
    ),
  );
  const growth = ({ heapUsed, external }) => (heapUsed + external - before.heapUsed - before.external) / streams;
  const each = growth(first.during);
  const again = residentMost(second) / residentMost(first);
  console.log(
    `${streams} streams, ${slow} slow readers, ${workers} processes: ${first.whole} and ${second.whole} whole`,
  );
  console.log(
    `${Math.round(each)} bytes a stream, of which ${Math.round(growth(first.after))} stay, and ` +
      `${Math.round(growth(second.after))} after the second round`,
  );
  console.log(`Resident at most: ${again.toFixed(3)} times as much in the second round`);
  const isBack = [first, second].every(({ after }) => growth(after) <= STAYS_MAX * each);
  return first.whole === streams && second.whole === streams && each <= BYTES_MAX && isBack && again <= AGAIN_MAX;
}

function residentMost({ during, stalled, after }) {
  return Math.max(during.rss, stalled.rss, after.rss);
}

/** Streams that are opened, are silent, are not read by some, and end. */
async function runRound({ upstream, port, request, pids, folder }) {
  const { open, ended } = await openStreams(port, request, streams);
  const during = await measure(pids, folder);
  const readers = open.slice(0, slow);
  for (const { socket } of readers) socket.pause();
  upstream.release(chunks);
  await wait(SLOW_MS);
  const stalled = await measure(pids, folder);
  for (const { socket } of readers) socket.resume();
  await Promise.all(ended);
  const whole = open.filter(({ text }) => text.includes('[DONE]')).length;
  return { during, stalled, whole, after: await measure(pids, folder) };
}

async function runStreams(upstream, port, request, { streams: count, chunks: words }) {
  const { ended } = await openStreams(port, request, count);
  upstream.release(words);
  await Promise.all(ended);
}

function toRequest({ key }) {
  const body = JSON.stringify({
    model: 'amazon.nova-lite-v1:0',
    messages: [{ role: 'user', content: 'Hello there!' }],
    stream: true,
    max_tokens: HELD,
  });
  return (
    `POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${key}\r\nconnection: close\r\n` +
    `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  );
}

/** Resolves when every stream has shown its first word. */
async function openStreams(port, request, count) {
  const open = [];
  const ended = [];
  let begun = 0;
  const openOne = async () => {
    while (begun < count) {
      begun += 1;
      const stream = { socket: connect(port, '127.0.0.1'), text: '' };
      open.push(stream);
      const { promise, resolve, reject } = Promise.withResolvers();
      const closed = Promise.withResolvers();
      ended.push(closed.promise);
      stream.socket.setEncoding('latin1');
      stream.socket.on('data', (text) => {
        // Only the end is of interest.
        stream.text = (stream.text + text).slice(-2_000);
        if (stream.text.includes('some words')) resolve();
      });
      stream.socket.on('error', reject);
      stream.socket.on('close', () => {
        closed.resolve();
        reject(new Error(`A stream ended early: ${stream.text}`));
      });
      stream.socket.write(request);
      await promise;
    }
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, openOne));
  return { open, ended };
}

function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const isChild = readFileSync(`/proc/${name}/status`, 'utf8').includes(`PPid:\t${pid}\n`);
        return isChild && readlinkSync(`/proc/${name}/exe`) === realpathSync(process.execPath);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The sum over the processes. */
async function measure(pids, folder) {
  const sum = { rss: 0, heapUsed: 0, external: 0 };
  for (const pid of pids) {
    const memory = await memoryOf(pid, folder);
    for (const field of Object.keys(sum)) sum[field] += memory[field];
  }
  return sum;
}
