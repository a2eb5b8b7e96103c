import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A file of another host whose process cannot be asked for counts as left over when this old. */
const FOREIGN_AGE_MS = 600_000;
/** Counted from the third of `/proc/PID/stat`. */
const BEGIN_FIELD = 22 - 3;
const UNKNOWN = '0';
const FILE_NAME = /^(?:usage|intents)~(?<host>.+)~(?<pid>\d+)(?:\.(?<begun>\d+))?~(?<writerId>[^~]+)~\d+\.jsonl$/;

/** The name of this process's nth file of a kind; it tells whose it is. */
export function journalFileName(kind: 'usage' | 'intents', writerId: string, n: number): string {
  return `${kind}~${hostname()}~${process.pid}.${beginOf(process.pid) ?? UNKNOWN}~${writerId}~${String(n).padStart(6, '0')}.jsonl`;
}

/** Whether this is a file of another writer, whose process has ended. */
export async function isLeftOver(name: string, path: string, writerId: string): Promise<boolean> {
  const owner = FILE_NAME.exec(name)?.groups;
  return owner !== undefined && owner['writerId'] !== writerId && (await hasEnded(owner, path));
}

async function hasEnded(owner: Record<string, string | undefined>, path: string): Promise<boolean> {
  if (owner['host'] !== hostname()) {
    return Date.now() - (await stat(path)).mtimeMs > FOREIGN_AGE_MS;
  }
  // Our own process id on a file that is not ours: the process before us had the same one, as in a container.
  const pid = Number(owner['pid']);
  return pid === process.pid || !isRunning(pid) || isAnother(pid, owner['begun']);
}

/** Ids of processes are given again, in a container soon: another one that runs with this id would keep the file for ever. */
function isAnother(pid: number, begun = UNKNOWN): boolean {
  const now = beginOf(pid);
  return begun !== UNKNOWN && now !== undefined && now !== begun;
}

/** When the process began, in clock ticks since the system did; undefined where the system is not Linux. Source: proc_pid_stat(5). */
function beginOf(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is a name in brackets, which may hold anything.
    return line.slice(line.lastIndexOf(')') + 2).split(' ')[BEGIN_FIELD];
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
