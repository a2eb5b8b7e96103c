// What the gateway costs, beside peers, in one run against one upstream of fixed bytes: CPU, added latency, memory, and
// how these grow with bodies and tenants. Loopback only; ends by itself. Figures to compare within a run, not between.
// npm run bench [-- --rounds=3 --requests=1000 --tenants=1000 --peers=proxy,lean,sdk,portkey]
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, Agent } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { median, quantile, toMegabytes } from './lib/figures.mjs';
import {
  cpuMs,
  findFreePort,
  MEMORY_PROBE,
  memoryOf,
  start,
  startGateway,
  startUpstream,
  Stops,
} from './lib/processes.mjs';

const MODEL = 'amazon.nova-lite-v1:0';
const CONNECTIONS = 16;
/** About half of what saturates a core with the slowest contender. */
const LATENCY_CONNECTIONS = 2;
const CHUNKS = [10, 110];
const HELD = 7_777;
const HELD_STREAMS = [1, 100];
/** As many of each as make a collection of garbage in between small beside the rest. */
const BODIES = [
  { bytes: 1_000, requests: 1_000 },
  { bytes: 1_000_000, requests: 60 },
];
/** What a service costs that has run for a minute: the compiler optimizes what has run thousands of times. */
const WARM_UP = { plain: 6_000, 10: 3_000, 110: 500 };

/** The least that a proxy in Node can be: one request in, one request out, bytes passed on. */
function serveBareProxy(upstream) {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const onward = httpRequest(`${upstream}${url}`, { method, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1', () => process.stdout.write(`port ${server.address().port}\n`));
  process.once('disconnect', () => process.exit(0));
}

async function main() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      requests: { type: 'string', default: '1000' },
      tenants: { type: 'string', default: '1000' },
      peers: { type: 'string', default: 'proxy,lean,sdk,portkey' },
    },
  });
  const [rounds, requests, tenants] = [values.rounds, values.requests, values.tenants].map(Number);
  const stops = new Stops();
  try {
    const upstream = await startUpstream(stops);
    const starters = { proxy: startProxy, lean: startOurs, sdk: startOurs, portkey: startPortkey };
    const contenders = [direct(upstream)];
    for (const name of values.peers.split(',')) contenders.push(await starters[name](name, upstream, stops));
    stops.add(() => Promise.all(contenders.map(({ pool }) => pool.destroy())));

    const samples = await measureRounds(contenders, rounds, requests);
    const bodies = await measureBodies(contenders);
    const memory = await measureMemory(contenders, upstream);
    const lean = contenders.find(({ name }) => name === 'lean');
    const growth = lean && tenants > 0 ? await measureTenants(lean, tenants, requests) : null;
    const ledgers = [];
    for (const gateway of contenders.filter(({ adminKey }) => adminKey)) ledgers.push(await readLedger(gateway));

    const report = toReport({ contenders, samples, bodies, memory, growth, ledgers });
    const folder = 'bench-results';
    mkdirSync(folder, { recursive: true });
    const at = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const machine = { cpus: cpus().length, model: cpus()[0]?.model, node: process.version };
    const raw = { machine, rounds, requests, samples, bodies, memory, growth, ledgers };
    writeFileSync(join(folder, `${at}.json`), `${JSON.stringify(raw, null, 2)}\n`);
    console.log(report);
    const failed = contenders.reduce((sum, target) => sum + target.failed, 0);
    const unequal = ledgers.filter(({ sent, recorded }) => sent !== recorded);
    if (failed > 0 || unequal.length > 0) process.exitCode = 1;
  } finally {
    await stops.run();
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

function converseBody({ text, maxTokens }) {
  return JSON.stringify({
    messages: [{ role: 'user', content: [{ text }] }],
    inferenceConfig: { maxTokens },
  });
}

function chatBody(model) {
  return ({ text, stream, maxTokens }) =>
    JSON.stringify({ model, messages: [{ role: 'user', content: text }], stream, max_tokens: maxTokens });
}

function conversePath({ stream }) {
  return `/model/${encodeURIComponent(MODEL)}/${stream ? 'converse-stream' : 'converse'}`;
}

/** A contender: where it listens, how it is asked, and what has failed so far. */
function contender(name, url, parts) {
  return { name, pool: new Pool(url, { connections: null }), failed: 0, sent: 0, ...parts };
}

/** The upstream itself, for what the others add to it. */
function direct({ url }) {
  return contender('direct', url, { path: conversePath, headers: JSON_TYPE, body: converseBody });
}

async function startProxy(name, { url }, stops) {
  const command = [process.execPath, ...MEMORY_PROBE, import.meta.filename, 'proxy', url];
  const folder = tmpdir();
  const { pid, match } = await start(command, { MEMORY_PROBE_DIR: folder }, /port (\d+)/, stops);
  return contender('bare Node proxy', `http://127.0.0.1:${match[1]}`, {
    pid,
    folder,
    path: conversePath,
    headers: JSON_TYPE,
    body: converseBody,
  });
}

async function startOurs(name, { url }, stops) {
  const gateway = await startGateway(url, { flags: MEMORY_PROBE, env: { BEDROCK_TRANSPORT: name } }, stops);
  return contender(name, gateway.url, {
    ...gateway,
    pool: new Pool(gateway.url, { connections: null }),
    path: () => '/v1/chat/completions',
    headers: { ...JSON_TYPE, authorization: `Bearer ${gateway.key}` },
    body: chatBody(MODEL),
  });
}

async function startPortkey(name, { url }, stops) {
  const port = await findFreePort();
  const script = 'node_modules/@portkey-ai/gateway/build/start-server.js';
  const folder = tmpdir();
  const env = { NODE_ENV: 'production', MEMORY_PROBE_DIR: folder };
  const command = [process.execPath, ...MEMORY_PROBE, script, `--port=${port}`, '--headless'];
  // It reports each stream that its own log cannot parse.
  const { pid } = await start(command, env, /running|Ready/i, stops, 'ignore');
  return contender(name, `http://127.0.0.1:${port}`, {
    pid,
    folder,
    path: () => '/v1/chat/completions',
    headers: {
      ...JSON_TYPE,
      'x-portkey-provider': 'bedrock',
      'x-portkey-aws-access-key-id': 'AKIDEXAMPLE',
      'x-portkey-aws-secret-access-key': 'secret',
      'x-portkey-aws-region': 'us-east-1',
      'x-portkey-custom-host': url,
    },
    body: chatBody(MODEL),
  });
}

/** Sends one request; answers the milliseconds to its first byte and to its end. */
async function ask(target, shape) {
  const startedAt = performance.now();
  target.sent += 1;
  const { statusCode, body } = await target.pool.request({
    method: 'POST',
    path: target.path(shape),
    headers: target.headers,
    body: target.body(shape),
  });
  let firstByteMs;
  let text = '';
  for await (const part of body) {
    firstByteMs ??= performance.now() - startedAt;
    text += part.toString('latin1');
  }
  if (statusCode !== 200 || text.includes('"error"')) {
    target.failed += 1;
    if (target.failed === 1) console.error(`${target.name}: ${statusCode} ${text.slice(0, 500)}`);
  }
  return { firstByteMs, totalMs: performance.now() - startedAt };
}

/** Sends many, so many at a time. Answers the time of each and the CPU of the process per request. */
async function load(target, shape, requests, connections) {
  let left = requests;
  const times = [];
  const before = target.pid ? cpuMs(target.pid) : 0;
  await Promise.all(
    Array.from({ length: Math.min(connections, requests) }, async () => {
      while (left > 0) {
        left -= 1;
        times.push(await ask(target, shape));
      }
    }),
  );
  return { cpuMs: target.pid ? (cpuMs(target.pid) - before) / requests : null, times };
}

const SHAPES = {
  plain: { text: 'Hello there!', stream: false, maxTokens: 100 },
  ...Object.fromEntries(CHUNKS.map((chunks) => [chunks, { text: 'Hello there!', stream: true, maxTokens: chunks }])),
};

/** Every round asks all contenders in turn, so that what else the machine does falls on all of them. */
async function measureRounds(contenders, rounds, requests) {
  for (const target of contenders) {
    for (const [name, shape] of Object.entries(SHAPES)) await load(target, shape, WARM_UP[name], CONNECTIONS);
  }
  const samples = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const target of contenders) {
      const sample = {};
      for (const [name, shape] of Object.entries(SHAPES)) {
        sample[name] = (await load(target, shape, requests, CONNECTIONS)).cpuMs;
      }
      const plain = await load(target, SHAPES.plain, requests, LATENCY_CONNECTIONS);
      const stream = await load(target, SHAPES[CHUNKS[0]], requests, LATENCY_CONNECTIONS);
      sample.totalMs = plain.times.map(({ totalMs }) => totalMs);
      sample.firstByteMs = stream.times.map(({ firstByteMs }) => firstByteMs);
      samples[target.name].push(sample);
    }
  }
  return samples;
}

async function measureBodies(contenders) {
  const found = {};
  for (const target of contenders.filter(({ pid }) => pid)) {
    found[target.name] = [];
    for (const { bytes, requests } of BODIES) {
      const shape = { ...SHAPES.plain, text: 'word '.repeat(bytes / 5) };
      await load(target, shape, Math.ceil(requests / 3), LATENCY_CONNECTIONS);
      const { cpuMs: cpu } = await load(target, shape, requests, LATENCY_CONNECTIONS);
      found[target.name].push({ bytes, cpuMs: cpu });
    }
  }
  return found;
}

/** A stream that shows one word and then nothing until it is released. */
function openHeld(target) {
  const { promise: begun, resolve, reject } = Promise.withResolvers();
  const shape = { ...SHAPES.plain, stream: true, maxTokens: HELD };
  const read = async () => {
    target.sent += 1;
    const { headers } = target;
    const options = { method: 'POST', path: target.path(shape), headers, body: target.body(shape) };
    const { body } = await target.pool.request(options);
    let text = '';
    for await (const part of body) {
      resolve();
      text += part.toString('latin1');
    }
    if (!text.includes('some words')) target.failed += 1;
  };
  const ended = read();
  void ended.catch(reject);
  return { begun, ended };
}

/** Memory while streams are open that say nothing. */
async function measureMemory(contenders, upstream) {
  const found = {};
  for (const target of contenders.filter(({ pid }) => pid)) {
    found[target.name] = [];
    for (const streams of HELD_STREAMS) {
      const open = Array.from({ length: streams }, () => openHeld(target));
      await Promise.all(open.map(({ begun }) => begun));
      const { rss, heapUsed } = await memoryOf(target.pid, target.folder);
      found[target.name].push({ streams, rss, heapUsed });
      upstream.release(1);
      await Promise.all(open.map(({ ended }) => ended));
    }
  }
  return found;
}

/** The same load of one tenant and of many. */
async function measureTenants(target, tenants, requests) {
  const admin = { ...JSON_TYPE, authorization: `Bearer ${target.adminKey}` };
  const post = async (path, body) => {
    const options = { method: 'POST', path, headers: admin, body: JSON.stringify(body) };
    const answer = await target.pool.request(options);
    const value = await answer.body.json();
    if (answer.statusCode !== 201) throw new Error(`${path}: ${answer.statusCode} ${JSON.stringify(value)}`);
    return value;
  };
  const keys = [];
  let begun = 0;
  const create = async () => {
    while (begun < tenants) {
      begun += 1;
      const { id } = await post('/admin/v1/tenants', { name: `bench ${begun}` });
      keys.push((await post(`/admin/v1/tenants/${id}/keys`, { name: 'bench' })).key);
    }
  };
  await Promise.all(Array.from({ length: 8 }, create));
  let turn = 0;
  const many = {
    ...target,
    get headers() {
      turn += 1;
      return { ...JSON_TYPE, authorization: `Bearer ${keys[turn % keys.length]}` };
    },
    failed: 0,
    sent: 0,
  };
  await load(many, SHAPES.plain, keys.length, CONNECTIONS);
  const cpu = { one: [], many: [] };
  for (let round = 0; round < 3; round += 1) {
    cpu.one.push((await load(target, SHAPES.plain, requests, CONNECTIONS)).cpuMs);
    cpu.many.push((await load(many, SHAPES.plain, requests, CONNECTIONS)).cpuMs);
  }
  target.sent += many.sent;
  target.failed += many.failed;
  return { tenants, oneMs: median(cpu.one), manyMs: median(cpu.many) };
}

/** Attempts in the gateway's ledger, which are to be as many as the requests that it was sent. */
async function readLedger(target) {
  const from = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const to = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const path = `/admin/v1/usage?from=${from}&to=${to}&group_by=day`;
  const headers = { authorization: `Bearer ${target.adminKey}` };
  const { statusCode, body } = await target.pool.request({ method: 'GET', path, headers });
  const answer = await body.json();
  if (statusCode !== 200) throw new Error(`${path}: ${statusCode} ${JSON.stringify(answer)}`);
  return { name: target.name, sent: target.sent, recorded: answer.data.reduce((sum, row) => sum + row.attempts, 0) };
}

function ms(value) {
  return value === null ? '–' : value.toFixed(2);
}

function toReport({ contenders, samples, bodies, memory, growth, ledgers }) {
  const of = (name, pick, share = 0.5) => quantile(samples[name].flatMap(pick), share);
  const measured = contenders.filter(({ pid }) => pid);
  const [few, many] = CHUNKS;
  const costs = measured.map(({ name, failed }) => {
    const cpu = (shape) => of(name, (sample) => sample[shape]);
    const added = (share) =>
      of(name, (sample) => sample.totalMs, share) - of('direct', (sample) => sample.totalMs, share);
    const first = (share) => of(name, (sample) => sample.firstByteMs, share);
    const chunk = ((cpu(many) - cpu(few)) / (many - few)) * 1_000;
    return [
      name,
      ms(cpu('plain')),
      ms(cpu(few)),
      chunk.toFixed(1),
      `${ms(added(0.5))} / ${ms(added(0.99))}`,
      `${ms(first(0.5))} / ${ms(first(0.99))}`,
      String(failed),
    ];
  });
  const growing = measured.map(({ name }) => [
    name,
    ...bodies[name].map(({ cpuMs: cpu }) => ms(cpu)),
    ...memory[name].map(({ rss, heapUsed }) => `${toMegabytes(rss)} / ${toMegabytes(heapUsed)}`),
  ]);
  const rows = ledgers.map(({ name, sent, recorded }) => [name, String(sent), String(recorded)]);
  return [
    toTable(
      [
        'Contender',
        'CPU ms, plain',
        `CPU ms, ${few} chunks`,
        'CPU µs a chunk',
        'added ms p50 / p99',
        'first byte ms p50 / p99',
        'failed',
      ],
      costs,
    ),
    toTable(
      [
        'Contender',
        ...BODIES.map(({ bytes }) => `CPU ms, ${bytes / 1_000} KB body`),
        ...HELD_STREAMS.map((streams) => `MB resident / heap, ${streams} open streams`),
      ],
      growing,
    ),
    toTable(['Ledger', 'requests', 'recorded'], rows),
    growth
      ? `CPU ms, plain: ${ms(growth.oneMs)} with one tenant, ${ms(growth.manyMs)} with ${growth.tenants} in turn.`
      : '',
  ].join('\n\n');
}

function toTable(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

if (process.argv[2] === 'proxy') serveBareProxy(process.argv[3]);
else await main();
