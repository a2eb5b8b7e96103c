// The same as limits.mjs without HTTP, exact to the ms: four processes take of one Redis at 0.9, 1, 2 and 10 times a limit,
// and tokens that are settled at 2 times; judged by the clock of Redis. The control counts in four memories.
// npm run build && node test/load/limit-stores.mjs [minutes]
import { fork, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryLimitStore } from '../../dist/billing/limits/memory-limit-store.js';
import { toAppliedLimit } from '../../dist/billing/limits/rate-limit.js';
import { RedisLimitStore } from '../../dist/billing/limits/redis-limit-store.js';

const PROCESSES = 4;
const WINDOW_MS = 60_000;
const PER_MINUTE = 1_200;
const EXPECTED_TOKENS = 100;
const LEVELS = [
  { kind: 'requests', times: 0.9 },
  { kind: 'requests', times: 1 },
  { kind: 'requests', times: 2 },
  { kind: 'requests', times: 10 },
  { kind: 'tokens', times: 2 },
].map(({ kind, times }, index) => {
  const amount = kind === 'tokens' ? PER_MINUTE * 50 : PER_MINUTE;
  return {
    times,
    limit: toAppliedLimit({ tenantId: `t${index}`, keyId: '', model: '', kind, window: 'minute', amount }),
  };
});

if (process.send === undefined) await judge(Number(process.argv[2] ?? 2));
else process.send(await offer(process.argv[2], Number(process.argv[3])), () => process.disconnect());

async function judge(minutes) {
  const port = await freePort();
  const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], {
    stdio: 'ignore',
  });
  await sleep(1_500);
  let failed = false;
  try {
    for (const store of [`redis://127.0.0.1:${port}`, 'memory']) {
      const isControl = store === 'memory';
      const span = isControl ? 1 : minutes;
      const results = await Promise.all(Array.from({ length: PROCESSES }, () => runChild(store, span)));
      const unanswered = results.reduce((sum, result) => sum + result.unanswered, 0);
      const startMs = Math.min(...results.map((result) => result.startMs));
      const rows = LEVELS.map(({ times, limit }, index) => {
        const granted = results.flatMap((result) => result.granted).filter((one) => one.index === index);
        const least = Math.min(...Array.from({ length: span }, (_, n) => usedIn(granted, startMs + n * WINDOW_MS)));
        const most = Math.max(...granted.map(({ atMs }) => usedIn(granted, atMs)));
        const used = least / limit.amount;
        failed ||= isControl
          ? times === 2 && most <= limit.amount
          : most > limit.amount || (times === 2 && used < 0.99);
        return { kind: limit.kind, times, granted: granted.length, limit: limit.amount, most, used: used.toFixed(3) };
      });
      failed ||= unanswered > 0;
      console.log(isControl ? 'control: four memories' : 'one Redis', { unanswered });
      console.table(rows);
    }
  } finally {
    redis.kill('SIGKILL');
  }
  process.exitCode = failed ? 1 : 0;
}

function usedIn(granted, fromMs) {
  return granted.reduce((sum, { atMs, used }) => (atMs >= fromMs && atMs < fromMs + WINDOW_MS ? sum + used : sum), 0);
}

function runChild(store, minutes) {
  return new Promise((resolve) => fork(import.meta.filename, [store, String(minutes)]).once('message', resolve));
}

/** Offers this process's share of every load. */
async function offer(url, minutes) {
  const store = url === 'memory' ? new MemoryLimitStore(() => Date.now()) : new RedisLimitStore(url);
  await store.open?.(() => undefined);
  const startMs = Date.now();
  const granted = [];
  let unanswered = 0;
  const take = async (limit, index) => {
    const tokens = 20 + Math.floor(Math.random() * 61);
    const [expected, used] = limit.kind === 'tokens' ? [EXPECTED_TOKENS, tokens] : [1, 1];
    const verdict = await store.take([{ limit, amount: expected }], 'load').catch(() => (unanswered += 1));
    if (!verdict.granted) return;
    granted.push({ index, atMs: verdict.atMs, used });
    await sleep(20);
    if (used !== expected) await verdict.counts.correct([{ limit, amount: used - expected }], verdict.atMs);
  };
  await Promise.all(
    LEVELS.map(async ({ times, limit }, index) => {
      const gapMs = (WINDOW_MS * PROCESSES) / (PER_MINUTE * times);
      const asked = [];
      for (let n = 0; n * gapMs < minutes * WINDOW_MS; n += 1) {
        await sleep(Math.max(0, startMs + n * gapMs - Date.now()));
        asked.push(take(limit, index));
      }
      await Promise.all(asked);
    }),
  );
  store.close?.();
  return { granted, unanswered, startMs };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
