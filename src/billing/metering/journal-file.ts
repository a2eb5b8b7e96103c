import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A file of another host whose process cannot be asked for counts as left over when this old. */
const FOREIGN_AGE_MS = 600_000;
const FILE_NAME = /^(?:usage|intents)~(?<host>.+)~(?<pid>\d+)~(?<writerId>[^~]+)~\d+\.jsonl$/;

/** The name of this process's nth file of a kind; it tells whose it is. */
export function journalFileName(kind: 'usage' | 'intents', writerId: string, n: number): string {
  return `${kind}~${hostname()}~${process.pid}~${writerId}~${String(n).padStart(6, '0')}.jsonl`;
}

/** Whether this is a file of another writer, whose process has ended. */
export async function isLeftOver(name: string, path: string, writerId: string): Promise<boolean> {
  const owner = FILE_NAME.exec(name)?.groups;
  return owner !== undefined && owner['writerId'] !== writerId && (await hasEnded(owner, path));
}

async function hasEnded(owner: Record<string, string>, path: string): Promise<boolean> {
  if (owner['host'] !== hostname()) {
    return Date.now() - (await stat(path)).mtimeMs > FOREIGN_AGE_MS;
  }
  // Our own process id on a file that is not ours: the process before us had the same one, as in a container.
  return Number(owner['pid']) === process.pid || !isRunning(Number(owner['pid']));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
