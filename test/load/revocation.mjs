// How long a revoked key still works on three replicas under load: with the channel of changes up, and with it swallowed.
// npm run build && node test/load/revocation.mjs [rounds]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgres } from '../../dist/database/embedded/embedded-postgres.js';

const ROUNDS = Number(process.argv[2] ?? 50);
const REPLICAS = 3;
const CALLERS_PER_REPLICA = 4;
/** Without a pause the callers measure the queue for the processor instead. */
const PAUSE_MS = 4;
const ADMIN_KEY = 'admin-key-of-the-load-test';

const folder = mkdtempSync(path.join(tmpdir(), 'revocation-'));
const postgres = await EmbeddedPostgres.start(folder);
const channel = { swallowed: false };
const database = await startProxy(new URL(postgres.url), channel);
const replicas = [];

try {
  for (let n = 0; n < REPLICAS; n += 1) replicas.push(await startReplica(n));
  const { id: tenantId } = await admin('POST', '/admin/v1/tenants', { name: 'load' });
  for (const swallowed of [false, true]) {
    channel.swallowed = swallowed;
    if (swallowed) await sleep(2_000);
    const delays = [];
    for (let round = 0; round < ROUNDS; round += 1) delays.push(...(await measure(tenantId)));
    print(swallowed ? 'channel swallowed' : 'channel up', delays);
  }
} finally {
  for (const { child } of replicas) child.kill('SIGTERM');
  await Promise.all(replicas.map(({ ended }) => ended));
  database.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Per replica, how long after the answer to the revocation a request was sent that still succeeded, in ms. */
async function measure(tenantId) {
  const keys = `/admin/v1/tenants/${tenantId}/keys`;
  const { id, key } = await admin('POST', keys, { name: 'short-lived' });
  const lastSuccess = replicas.map(() => 0);
  const run = { over: false };
  const callers = replicas.flatMap((replica, n) =>
    Array.from({ length: CALLERS_PER_REPLICA }, async () => {
      while (!run.over) {
        const sentAt = performance.now();
        const response = await fetch(`${replica.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
        await response.arrayBuffer();
        if (response.status === 200) lastSuccess[n] = Math.max(lastSuccess[n], sentAt);
        else if (response.status === 401) return;
        await sleep(PAUSE_MS);
      }
    }),
  );
  while (lastSuccess.includes(0)) await sleep(5);
  await admin('DELETE', `${keys}/${id}`);
  const revokedAt = performance.now();
  await Promise.race([Promise.all(callers), sleep(5_000, undefined, { ref: false })]);
  run.over = true;
  await Promise.all(callers);
  return lastSuccess.map((at) => Math.max(0, at - revokedAt));
}

function print(name, delays) {
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
  console.log(
    `${name}: ${sorted.length} samples, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${sorted.at(-1).toFixed(1)} ms`,
  );
}

async function admin(method, where, body) {
  const response = await fetch(replicas[0].url + where, {
    method,
    headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function startReplica(n) {
  const port = await freePort();
  const child = spawn(process.execPath, ['dist/main.js'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      HOME: folder,
      PATH: process.env.PATH,
      PORT: String(port),
      HOST: '127.0.0.1',
      DATABASE_URL: database.url,
      DATA_DIR: path.join(folder, `replica-${n}`),
      API_KEY_PEPPER: 'pepper-of-the-load-test'.padEnd(32, '.'),
      ADMIN_API_KEY: ADMIN_KEY,
      BEDROCK_MODE: 'sandbox',
      LOG_LEVEL: 'fatal',
    },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries += 1) {
    if (
      await fetch(`${url}/healthz`).then(
        (response) => response.ok,
        () => false,
      )
    )
      return { child, ended, url };
    if (tries > 300 || child.exitCode !== null) throw new Error('a replica did not start');
    await sleep(100);
  }
}

/** Passes everything on, except that it swallows the connections that follow changes while it is told to. */
async function startProxy(target, state) {
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let follows = false;
    client.on('data', (chunk) => {
      follows ||= chunk.includes('gateway-changes');
      if (!(follows && state.swallowed)) upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (!(follows && state.swallowed)) client.write(chunk);
    });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ]) {
      socket.on('error', () => other.destroy());
      socket.on('close', () => other.destroy());
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.port = String(server.address().port);
  return { url: url.href, close: () => server.close() };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
