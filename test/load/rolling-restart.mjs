// Three replicas behind a load balancer, requests and open streams all the while, and each replica is told to end and
// started again in turn: no request may fail, no stream may be cut, and the ledger must hold what the upstream was asked.
// The control ends them with SIGKILL instead; answers must be seen to fail, or the ledger not to hold it. Loopback only; ends by itself.
// npm run build && node test/load/rolling-restart.mjs [requests a second: 200] [open streams: 500]
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import { startBalancer } from './lib/balancer.mjs';
import { ask } from './lib/chat-client.mjs';
import { startDatabase } from './lib/database.mjs';
import { quantile } from './lib/figures.mjs';
import { findFreePort, start, startUpstream, Stops } from './lib/processes.mjs';

const REPLICAS = 3;
/** A stream with this limit has a word every half second, and lasts 8 s. */
const PACED = 8_888;
const GRACE_MS = 25_000;
const SETTLE_MS = 2_000;

const [perSecond = 200, streams = 500] = process.argv.slice(2).map(Number);
const ended = await run('SIGTERM');
const broken = [...ended.wrong, ...ended.codes.filter((code) => code !== 0).map((code) => `an exit code of ${code}`)];
// Whoever is killed has no exit code at all: that would be found however little came of it.
const killed = await run('SIGKILL');
console.log(broken.length === 0 ? 'Nothing failed.' : `BROKEN: ${broken.join('; ')}`);
console.log(`Control with SIGKILL: ${killed.wrong.join('; ') || 'NOTHING WAS FOUND'}`);
process.exit(broken.length === 0 && killed.wrong.length > 0 ? 0 : 1);

/** What went wrong with answers and the ledger, and the exit codes of the replicas. */
async function run(signal) {
  const stops = new Stops();
  try {
    const upstream = await startUpstream(stops);
    const database = await startDatabase(stops);
    const ports = [];
    for (let number = 0; number < REPLICAS; number += 1) ports.push(await findFreePort());
    const balancer = await startBalancer(ports, stops);
    const startReplica = (port, pattern = /is ready on/) => {
      const env = {
        HOST: '127.0.0.1',
        PORT: String(port),
        DATA_DIR: join(database.folder, String(port)),
        DATABASE_URL: database.url,
        API_KEY_PEPPER: 'p'.repeat(32),
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url,
        AWS_ENDPOINT_URL_BEDROCK: 'http://127.0.0.1:9',
        SHUTDOWN_DELAY_MS: String(balancer.noticesMs),
        SHUTDOWN_GRACE_MS: String(GRACE_MS),
        LOG_LEVEL: 'fatal',
      };
      return start([process.execPath, 'dist/main.js'], env, pattern, stops);
    };
    const [firstPort, ...otherPorts] = ports;
    const first = await startReplica(
      firstPort,
      /(sk-[0-9A-Za-z]{36})[^]*is ready on|is ready on[^]*(sk-[0-9A-Za-z]{36})[^]*curl/,
    );
    const key = first.match[1] ?? first.match[2];
    const replicas = [{ port: firstPort, child: first.child }];
    for (const port of otherPorts) replicas.push({ port, child: (await startReplica(port)).child });
    for (const { port } of replicas) await until(() => balancer.isReady(port));
    const pool = new Pool(balancer.url, { connections: null, headersTimeout: 60_000, bodyTimeout: 60_000 });
    stops.add(() => pool.destroy());

    const load = startLoad({ pool, key });
    await until(() => load.open >= streams);
    await wait(SETTLE_MS);
    const codes = [];
    for (const replica of replicas) {
      const exit = once(replica.child, 'exit');
      replica.child.kill(signal);
      codes.push((await exit)[0]);
      replica.child = (await startReplica(replica.port)).child;
      await until(() => balancer.isReady(replica.port));
      await wait(SETTLE_MS);
    }
    const { sent, answers, latencies } = await load.stop();
    const asked = await upstream.asked();
    const events = await countWhenSettled(database.client, asked);
    const intents = await countOf(database.client, 'usage_intents');
    console.log(`\n${signal}, ${perSecond} requests a second, ${streams} open streams`);
    console.table({
      requests: {
        'a second': perSecond,
        sent,
        'p50 ms': Math.round(quantile(latencies, 0.5)),
        'p99 ms': Math.round(quantile(latencies, 0.99)),
      },
      'upstream asked': { sent: asked },
      'ledger events': { sent: events },
      'ledger intents': { sent: intents },
    });
    console.log(`answers: ${JSON.stringify(answers)}; exit codes: ${codes.join(' ')}`);
    const bad = Object.entries(answers).filter(([outcome]) => outcome !== 'whole');
    const wrong = [
      ...bad.map(([outcome, times]) => `${times} answers: ${outcome}`),
      ...(events === asked ? [] : [`${events} events for ${asked} calls`]),
      ...(asked === sent ? [] : [`${asked} calls for ${sent} requests`]),
    ];
    return { wrong, codes };
  } finally {
    await stops.run();
  }
}

/** Requests at their rate whatever becomes of them, and streams that are begun again when they end. */
function startLoad(gateway) {
  const answers = {};
  const latencies = [];
  const running = new Set();
  const load = { open: 0, isOver: false };
  let sent = 0;
  const send = (options) => {
    sent += 1;
    const startedAt = performance.now();
    const asking = ask(gateway, options).then((answer) => {
      running.delete(asking);
      const outcome = answer.whole && !answer.failed ? 'whole' : `${answer.status} ${answer.text.slice(-150)}`;
      answers[outcome] = (answers[outcome] ?? 0) + 1;
      if (!options.stream) latencies.push(performance.now() - startedAt);
      return answer;
    });
    running.add(asking);
    return asking;
  };
  const keepStreaming = async (_, number) => {
    // One after the other: a thousand at once is not what is tested here.
    await wait(number * 10);
    load.open += 1;
    while (!load.isOver) await send({ stream: true, max_tokens: PACED });
  };
  const beganAt = performance.now();
  let due = 0;
  const ticking = setInterval(() => {
    for (; due < ((performance.now() - beganAt) / 1_000) * perSecond; due += 1) void send({ stream: false });
  }, 10);
  const streaming = Promise.all(Array.from({ length: streams }, keepStreaming));
  load.stop = async () => {
    load.isOver = true;
    clearInterval(ticking);
    await streaming;
    await Promise.all(running);
    return { sent, answers, latencies };
  };
  return load;
}

async function countWhenSettled(client, expected) {
  for (let tries = 0; ; tries += 1) {
    const count = await countOf(client, 'usage_events');
    if (count >= expected || tries > 50) return count;
    await wait(100);
  }
}

async function countOf(client, table) {
  const { rows } = await client.query(`SELECT count(*)::int AS count FROM ${table}`);
  return rows[0].count;
}

async function until(condition) {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 3_000) throw new Error('Waited in vain.');
    await wait(20);
  }
}
