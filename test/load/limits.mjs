// Four replicas with one Redis under 0.9, 1, 2 and 10 times a limit, and 2 times one of tokens: never over in any window,
// at least 99 % used at 2 times. The control counts in four memories, and must be over.
// npm run build && node test/load/limits.mjs [minutes]
import { setTimeout as sleep } from 'node:timers/promises';
import { conclude, createTenant, startHouse } from './lib/house.mjs';
import { findFreePort, start, Stops } from './lib/processes.mjs';

const MINUTES = Number(process.argv[2] ?? 2);
const REPLICAS = 4;
const WINDOW_MS = 60_000;
const REQUESTS = 120;
const TOKENS = 30_000;
const BODY = JSON.stringify({
  model: 'amazon.nova-lite-v1:0',
  messages: [{ role: 'user', content: 'Say something short.' }],
  max_tokens: 24,
});
const LEVELS = [
  ...[0.9, 1, 2, 10].map((times) => ({ name: 'requests', times, limit: REQUESTS, unit: () => 1 })),
  { name: 'tokens', times: 2, limit: TOKENS, unit: ({ tokens }) => tokens },
];

const failures = [];
const shared = await withReplicas(true, (replicas, perRequest) =>
  Promise.all(LEVELS.map((level) => run(replicas, level, perRequest, MINUTES))),
);
const control = await withReplicas(false, (replicas, perRequest) => run(replicas, LEVELS[2], perRequest, 1));
conclude([...shared.map((result) => judge('shared', result)), judge('control', control)], failures);

/** Four gateways, with one Redis or each for itself, and the tokens that one request uses. */
async function withReplicas(isShared, work) {
  const stops = new Stops();
  try {
    const env = isShared ? { REDIS_URL: await startRedis(stops) } : {};
    const { replicas } = await startHouse({ replicas: REPLICAS, env }, stops);
    const { key } = await createTenant(replicas[0], 'one');
    return await work(replicas, (await ask(replicas[0], key)).tokens);
  } finally {
    await stops.run();
  }
}

async function startRedis(stops) {
  const port = await findFreePort();
  const command = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  await start(command, {}, /Ready to accept connections/, stops);
  return `redis://127.0.0.1:${port}`;
}

/** Offers a steady load for so many minutes and notes when each request was sent, answered, and what it used. */
async function run(replicas, level, tokensPerRequest, minutes) {
  const limits = level.name === 'tokens' ? { tokens_per_minute: level.limit } : { requests_per_minute: level.limit };
  const { key } = await createTenant(replicas[0], 'load', { limits });
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
