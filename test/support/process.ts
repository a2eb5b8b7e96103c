import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from './until.js';

/** A gateway that runs as its own process, as an operator's does. */
export interface GatewayProcess {
  pid: number;
  url: string;
  /** Everything that it wrote so far. */
  stdout(): string;
  stderr(): string;
  /** Ids of the processes that serve for it. Linux only. */
  workers(): number[];
  /** Sends the signal and resolves with the exit code, which is null after a signal that cannot be caught. */
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

export interface ProcessOptions {
  env?: NodeJS.ProcessEnv;
  /** `node dist/main.js` unless told otherwise. */
  command?: readonly [string, ...string[]];
}

/** How a process ended that was not meant to run. */
export interface FailedStart {
  code: number | null;
  stdout: string;
  stderr: string;
}

const MAIN = [process.execPath, '--enable-source-maps', 'dist/main.js'] as const;
/** A machine that runs other tests beside takes its time. */
const START_TIMEOUT_MS = 50_000;
const running = new Set<() => Promise<unknown>>();

/** Starts a gateway and waits until it serves. `env` is all that it sees, apart from PATH and HOME. */
export async function startProcess(
  env: NodeJS.ProcessEnv,
  { command = MAIN }: ProcessOptions = {},
): Promise<GatewayProcess> {
  const port = env['PORT'] ?? String(await findFreePort());
  const { child, output, ended } = run({ ...env, PORT: port }, command);
  const gateway: GatewayProcess = {
    pid: child.pid ?? -1,
    url: `http://127.0.0.1:${port}`,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    workers: () => listChildren(child.pid ?? -1),
    async kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
  running.add(() => gateway.kill('SIGKILL'));
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`The gateway ended:\n${output.stdout}${output.stderr}`);
      return output.stdout.includes('is ready on') && (await fetch(`${gateway.url}/healthz`)).ok;
    },
    'the gateway is ready',
    START_TIMEOUT_MS,
  );
  return gateway;
}

/** Ends a process that is there. To the system, an id that is none would mean many others. */
export function killHard(pid: number | undefined): void {
  if (pid === undefined) throw new Error('There is no process to kill.');
  process.kill(pid, 'SIGKILL');
}

/** Runs a gateway that must not start, and tells how it ended. */
export async function runToFailure(env: NodeJS.ProcessEnv): Promise<FailedStart> {
  const { child, output, ended } = run(env, MAIN);
  running.add(async () => child.kill('SIGKILL'));
  return { code: await ended, ...output };
}

/** A folder for DATA_DIR that any user may enter. `stopAll` stops what runs on it and removes it. */
export function makeDataDir(mode = 0o755): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'gateway-e2e-'));
  chmodSync(folder, mode);
  dataDirs.add(folder);
  return path.join(folder, 'data');
}

const dataDirs = new Set<string>();

/** For `afterEach`: leaves neither a gateway nor a PostgreSQL nor a file behind, whatever the test did. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((stop) => stop()));
  running.clear();
  for (const folder of dataDirs) {
    for (const pid of processesOn(folder)) process.kill(pid, 'SIGKILL');
    const home = path.join(folder, 'data/postgres');
    if (existsSync(home)) rmSync(realpathSync(home), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
  dataDirs.clear();
}

/** Ids of the processes whose command line names the folder or what its links point to. Linux only. */
export function processesOn(folder: string): number[] {
  const home = path.join(folder, 'postgres');
  const places = [folder, ...(existsSync(home) ? [realpathSync(home)] : [])];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) => places.some((place) => commandLine(entry).includes(place)))
    .map(Number);
}

export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function run(env: NodeJS.ProcessEnv, [file, ...args]: readonly [string, ...string[]]) {
  const child = spawn(file, args, {
    env: { PATH: process.env['PATH'], HOME: tmpdir(), HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output, ended };
}

function listChildren(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  return children.filter((child) => commandLine(String(child)).includes('dist/main.js'));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
