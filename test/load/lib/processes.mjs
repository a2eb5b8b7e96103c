// Processes that are measured, what they use, and how they end.
import { spawn } from 'node:child_process';
import { once, on } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';

/** Called last to first. */
export class Stops {
  #stops = [];

  add(stop) {
    this.#stops.unshift(stop);
  }

  async run() {
    for (const stop of this.#stops.splice(0)) await stop();
  }
}

/** Resolves when the process has written what `pattern` matches, with the match. */
export async function start([file, ...args], env, pattern, stops, stderr = 'inherit') {
  const stdio = ['ignore', 'pipe', stderr, 'ipc'];
  const child = spawn(file, args, { env: { PATH: process.env.PATH, HOME: tmpdir(), ...env }, stdio });
  const ended = once(child, 'close');
  stops.add(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let text = '';
  child.stdout.setEncoding('utf8');
  for await (const [part] of on(child.stdout, 'data', { close: ['end'] })) {
    text += part;
    if (pattern.test(text)) break;
  }
  const match = pattern.exec(text);
  if (match === null) throw new Error(`${file} ended:\n${text}`);
  // Logs are written as in production, and read away.
  child.stdout.resume();
  return { child, pid: child.pid, match };
}

/** Its answers begin after `delayMs`. */
export async function startUpstream(stops, delayMs = 0) {
  const script = join(import.meta.dirname, 'fixed-upstream.mjs');
  const { child, match } = await start([process.execPath, script, String(delayMs)], {}, /port (\d+)/, stops);
  return {
    url: `http://127.0.0.1:${match[1]}`,
    release: (chunks) => child.send({ release: chunks }),
    /** Calls that it was asked to answer so far. */
    async asked() {
      child.send({ count: true });
      const [{ asked }] = await once(child, 'message');
      return asked;
    },
  };
}

/** As `npm start` has them: a larger nursery for objects that live as long as a request, 20 to 30 % less CPU for each. */
const START_FLAGS = ['--enable-source-maps', '--min-semi-space-size=16', '--max-semi-space-size=32'];

/** The built gateway, as a user starts it, with its database and a first key. */
export async function startGateway(upstreamUrl, { flags = [], env = {}, connections = null }, stops) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-load-'));
  chmodSync(folder, 0o755);
  stops.add(() => rmSync(folder, { recursive: true, force: true }));
  const port = await findFreePort();
  const all = {
    HOST: '127.0.0.1',
    PORT: String(port),
    DATA_DIR: join(folder, 'data'),
    ADMIN_API_KEY: 'ak-load-test-of-the-gateway',
    MEMORY_PROBE_DIR: folder,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstreamUrl,
    AWS_ENDPOINT_URL_BEDROCK: 'http://127.0.0.1:9',
    ...env,
  };
  const command = [process.execPath, ...START_FLAGS, ...flags, 'dist/main.js'];
  const { pid, match } = await start(command, all, /(sk-[0-9A-Za-z]{36})[^]*curl/, stops);
  const url = `http://127.0.0.1:${port}`;
  const pool = new Pool(url, { connections });
  stops.add(() => pool.destroy());
  return { pid, pool, url, folder, key: match[1], adminKey: all.ADMIN_API_KEY };
}

export const MEMORY_PROBE = ['--expose-gc', '--import', join(import.meta.dirname, 'memory-probe.mjs')];

/** Makes a gateway keep the body of every request for good. */
export const LEAK = ['--import', join(import.meta.dirname, 'leak.mjs')];

export const LOOP_PROBE = ['--import', join(import.meta.dirname, 'loop-probe.mjs')];

/** Memory after a full collection, in bytes, of a process that was started with `MEMORY_PROBE`. */
export function memoryOf(pid, folder) {
  return probed(pid, folder);
}

/** The longest turn of its event loop since the last time, of a process that was started with `LOOP_PROBE`. */
export function longestTurnOf(pid, folder) {
  return probed(pid, folder);
}

async function probed(pid, folder) {
  const file = join(folder, `${pid}.json`);
  process.kill(pid, 'SIGUSR2');
  while (!existsSync(file)) await wait(20);
  const figures = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(file);
  return figures;
}

export async function findFreePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** CPU time of all threads, in milliseconds. Linux tells it in nanoseconds for each. */
export function cpuMs(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce((sum, task) => {
    try {
      return sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return sum;
    }
  }, 0);
}
