// Four replicas with one Redis under 0.9, 1, 2 and 10 times a limit, and 2 times one of tokens: never over in any window,
// at least 99 % used at 2 times. The control counts in four memories, and must be over.
// npm run build && node test/load/limits.mjs [minutes]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgres } from '../../dist/database/embedded/embedded-postgres.js';

const MINUTES = Number(process.argv[2] ?? 2);
const REPLICAS = 4;
const WINDOW_MS = 60_000;
const REQUESTS = 120;
const TOKENS = 6_000;
const ADMIN_KEY = 'admin-key-of-the-load-test';
const BODY = JSON.stringify({
  model: 'amazon.nova-lite-v1:0',
  messages: [{ role: 'user', content: 'Say something short.' }],
  max_tokens: 24,
});

const folder = mkdtempSync(path.join(tmpdir(), 'limits-'));
const started = [];
const postgres = await EmbeddedPostgres.start(folder);
const failures = [];

try {
  const redisPort = await freePort();
  started.push(spawn('redis-server', ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '']));
  await listens(redisPort);
  const shared = await startReplicas({ REDIS_URL: `redis://127.0.0.1:${redisPort}` });
  const perRequest = (await ask(shared[0], await issueKey(shared[0], {}))).tokens;
  const levels = [0.9, 1, 2, 10].map((times) => ({ name: 'requests', times, limit: REQUESTS, unit: () => 1 }));
  levels.push({ name: 'tokens', times: 2, limit: TOKENS, unit: ({ tokens }) => tokens });
  const results = await Promise.all(levels.map((level) => run(shared, level, perRequest, MINUTES)));
  const table = results.map((result) => judge('shared', result));
  await stop(shared);

  const separate = await startReplicas({});
  const control = await run(separate, levels[2], perRequest, 1);
  table.push(judge('control', control));
  await stop(separate);
  console.table(table);
} finally {
  for (const child of started) child.kill('SIGKILL');
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}
for (const failure of failures) console.error(`FAILED: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Offers a steady load for so many minutes and notes when each request was sent, answered, and what it used. */
async function run(replicas, level, tokensPerRequest, minutes) {
  const limits = level.name === 'tokens' ? { tokens_per_minute: level.limit } : { requests_per_minute: level.limit };
  const key = await issueKey(replicas[0], limits);
  await sleep(1_500);
  const perMinute = (level.limit * level.times) / (level.name === 'tokens' ? tokensPerRequest : 1);
  const gapMs = WINDOW_MS / perMinute;
  const startMs = performance.now();
  const answers = [];
  for (let n = 0; n * gapMs < minutes * WINDOW_MS; n += 1) {
    await sleep(Math.max(0, startMs + n * gapMs - performance.now()));
    const sentMs = performance.now();
    const unanswered = () => ({ sentMs, answeredMs: performance.now(), status: 0, tokens: 0 });
    answers.push(ask(replicas[n % replicas.length], key).catch(unanswered));
  }
  return { level, startMs, minutes, answers: await Promise.all(answers) };
}

function judge(where, { level, startMs, minutes, answers }) {
  const passed = answers.filter(({ status }) => status === 200);
  const others = answers.filter(({ status }) => status !== 200 && status !== 429).length;
  const most = mostInAnyWindow(passed, level.unit);
  const windows = Array.from({ length: minutes }, (_, n) => {
    const [from, to] = [startMs + n * WINDOW_MS, startMs + (n + 1) * WINDOW_MS];
    return sum(
      passed.filter(({ sentMs }) => sentMs >= from && sentMs < to),
      level.unit,
    );
  });
  const least = Math.min(...windows) / level.limit;
  const over = most > level.limit;
  if (where === 'shared' && over)
    failures.push(`${level.name} at ${level.times}: ${most} of ${level.limit} in a window`);
  if (where === 'shared' && level.times === 2 && least < 0.99) {
    failures.push(`${level.name} at ${level.times}: only ${(least * 100).toFixed(1)} % used`);
  }
  if (where === 'control' && !over) failures.push('the control was not over: this test cannot fail');
  if (others > 0) failures.push(`${level.name} at ${level.times}: ${others} answers were neither 200 nor 429`);
  return {
    counted: where,
    kind: level.name,
    times: level.times,
    sent: answers.length,
    passed: passed.length,
    limit: level.limit,
    'most in any 60 s': most,
    'least used': `${(least * 100).toFixed(1)} %`,
  };
}

/** The most that was surely taken within some span of the window's length: sent after it began, answered before its end. */
function mostInAnyWindow(passed, unit) {
  const byAnswer = passed.toSorted((a, b) => a.answeredMs - b.answeredMs);
  let most = 0;
  for (const { sentMs } of passed) {
    const inside = byAnswer.filter((one) => one.sentMs >= sentMs && one.answeredMs <= sentMs + WINDOW_MS);
    most = Math.max(most, sum(inside, unit));
  }
  return most;
}

function sum(answers, unit) {
  return answers.reduce((total, answer) => total + unit(answer), 0);
}

async function ask(replica, key) {
  const sentMs = performance.now();
  const response = await fetch(`${replica.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: BODY,
  });
  const body = await response.json();
  return { sentMs, answeredMs: performance.now(), status: response.status, tokens: body.usage?.total_tokens ?? 0 };
}

async function issueKey(replica, limits) {
  const { id } = await admin(replica, '/tenants', { name: 'load' });
  return (await admin(replica, `/tenants/${id}/keys`, { name: 'load', limits })).key;
}

async function admin(replica, where, body) {
  const response = await fetch(`${replica.url}/admin/v1${where}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function startReplicas(env) {
  const replicas = [];
  for (let n = 0; n < REPLICAS; n += 1) replicas.push(await startReplica(n, env));
  return replicas;
}

async function startReplica(n, env) {
  const port = await freePort();
  const child = spawn(process.execPath, ['dist/main.js'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      HOME: folder,
      PATH: process.env.PATH,
      PORT: String(port),
      HOST: '127.0.0.1',
      DATABASE_URL: postgres.url,
      DATA_DIR: path.join(folder, `replica-${n}`),
      API_KEY_PEPPER: 'pepper-of-the-load-test'.padEnd(32, '.'),
      ADMIN_API_KEY: ADMIN_KEY,
      BEDROCK_MODE: 'sandbox',
      LOG_LEVEL: 'fatal',
      ...env,
    },
  });
  started.push(child);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    const ready = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return { child, url };
    if (tries > 300 || child.exitCode !== null) throw new Error('a replica did not start');
    await sleep(100);
  }
}

async function stop(replicas) {
  await Promise.all(
    replicas.map(({ child }) => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      return ended;
    }),
  );
}

async function listens(port) {
  for (let tries = 0; tries < 100; tries += 1) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await sleep(50);
  }
  throw new Error('Redis did not start; is redis-server installed?');
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
