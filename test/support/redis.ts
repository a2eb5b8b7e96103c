import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { findFreePort } from './process.js';
import { until } from './until.js';

const BINARY = ['redis-server', 'valkey-server'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
);

/** A Redis of the test's own, without a file. */
export interface TestRedis {
  url: string;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Lets it hang, and go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

/** `describe`, or a visible skip where the machine has no Redis. */
export function describeWithRedis(name: string, tests: () => void): void {
  if (BINARY === undefined) {
    process.stdout.write(`skipped: ${name}: neither redis-server nor valkey-server is on this machine\n`);
  }
  (BINARY === undefined ? describe.skip : describe)(name, tests);
}

export async function startRedis(): Promise<TestRedis> {
  const port = await findFreePort();
  let child: ChildProcess | undefined;
  const redis: TestRedis = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
      child = spawn(BINARY ?? 'redis-server', args, { stdio: 'ignore' });
      await until(() => answers(port), 'Redis listens');
    },
    async kill() {
      if (child?.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
    },
    signal: (name) => void child?.kill(name),
  };
  await redis.start();
  return redis;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.unref();
    socket.once('connect', () => socket.destroy());
  });
}
