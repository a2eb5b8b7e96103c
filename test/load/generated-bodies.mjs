// Generated chat bodies, valid and broken, against a gateway of its own: no 5xx, and every 4xx names its field.
// npm run build && node test/load/generated-bodies.mjs [bodies] [seed] [in flight]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { faultOf, sampleRequestTexts } from '../support/request-bodies.ts';

const bodies = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? 1);
const inFlight = Number(process.argv[4] ?? 16);
const port = 18_500 + (process.pid % 1_000);
const url = `http://127.0.0.1:${port}`;
const key = 'sk-generated-bodies';
const BATCH = 1_000;
/** No body here takes long, so who waits longer waits for ever. */
const ANSWER_MS = 60_000;
/** Of all bodies; with fewer answers the run would say little. */
const ANSWERED_MIN = 0.1;
const FAULTS_SHOWN = 20;

const dataDir = mkdtempSync(join(tmpdir(), 'generated-'));
const gateway = spawn(process.execPath, ['dist/main.js'], {
  env: {
    PATH: process.env.PATH,
    HOME: tmpdir(),
    HOST: '127.0.0.1',
    PORT: port,
    DATA_DIR: dataDir,
    API_KEY: key,
    MEDIA_FETCH: 'false',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
let log = '';
gateway.stdout.setEncoding('utf8').on('data', (text) => {
  log = (log + text).slice(-100_000);
});
const ended = new Promise((resolve) => gateway.once('close', resolve));
for (let tries = 0; !log.includes('is ready on'); tries += 1) {
  if (tries > 600 || gateway.exitCode !== null) throw new Error(`the gateway did not start:\n${log}`);
  await wait(100);
}

const statuses = new Map();
const faults = [];
let sent = 0;

async function ask(text) {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: text,
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const body = await response.text();
  statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  return faultOf(response.status, body, text);
}

/** A gateway that ends, or gives no answer, is a fault of the body that was under way. */
async function faultOfAnswerTo(text) {
  try {
    return await ask(text);
  } catch (error) {
    return `no answer: ${error.message}`;
  }
}

/** What must be found fault with; the run says nothing if it is not. */
const CONTROLS = [
  [500, '{"error":{"message":"m","type":"t","param":"messages","code":null}}'],
  [400, '{"error":{"message":"m","type":"t","param":null,"code":null}}'],
  [400, 'Bad Request'],
];
const blind = CONTROLS.filter(([status, body]) => faultOf(status, body, '{"messages":5}') === undefined);

async function worker(work) {
  for (const text of work) {
    const fault = await faultOfAnswerTo(text);
    if (fault !== undefined) faults.push({ fault, text });
  }
}

const started = performance.now();
while (sent < bodies && gateway.exitCode === null) {
  const count = Math.min(BATCH, bodies - sent);
  const work = sampleRequestTexts(count, seed + sent).values();
  await Promise.all(Array.from({ length: inFlight }, () => worker(work)));
  sent += count;
}
const seconds = (performance.now() - started) / 1_000;
const isAlive = gateway.exitCode === null;
gateway.kill('SIGTERM');
const exitCode = await ended;
rmSync(dataDir, { recursive: true, force: true });

console.log(`${sent} bodies in ${seconds.toFixed(0)} s, ${(sent / seconds).toFixed(0)} per second, seed ${seed}`);
console.log(
  `statuses: ${[...statuses]
    .sort(([one], [other]) => one - other)
    .map(([status, count]) => `${status}: ${count}`)
    .join(', ')}`,
);
console.log(`gateway alive to the end: ${isAlive}, exit code ${exitCode}`);
const answered = statuses.get(200) ?? 0;
console.log(`controls found fault with: ${CONTROLS.length - blind.length} of ${CONTROLS.length}`);
console.log(`faults: ${faults.length}`);
for (const { fault, text } of faults.slice(0, FAULTS_SHOWN)) console.log(`- ${fault}\n  ${text.slice(0, 500)}`);
const isTelling = blind.length === 0 && sent === bodies && answered >= bodies * ANSWERED_MIN;
process.exitCode = faults.length === 0 && isAlive && isTelling ? 0 : 1;
