import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type InvocationRecord, toInvocationRecord } from './invocation-record.js';

const LOG_FILE = /\.(json|jsonl|log)(\.gz)?$|\.gz$/;

/** What was read beside the records. */
export interface ReadCounts {
  files: number;
  /** Lines that begin as a record and cannot be read: the reconciliation is not complete. */
  unreadable: number;
}

/** Every record of the log files in a folder and below, as S3 or an export of CloudWatch Logs has them. */
export async function* readInvocationLogs(folder: string, counts: ReadCounts): AsyncGenerator<InvocationRecord> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && LOG_FILE.test(entry.name));
  for (const path of paths.map((entry) => join(entry.parentPath, entry.name)).toSorted()) {
    counts.files += 1;
    yield* readFile(path, counts);
  }
}

async function* readFile(path: string, counts: ReadCounts): AsyncGenerator<InvocationRecord> {
  for await (const line of linesOf(path)) {
    if (!line.includes('ModelInvocationLog')) continue;
    try {
      const record = toInvocationRecord(line);
      if (record) yield record;
    } catch {
      counts.unreadable += 1;
    }
  }
}

/** Throws when the file cannot be read to its end: an archive that is cut must not pass for a whole one. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const input: Readable = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => undefined) : file;
  let rest = '';
  for await (const chunk of input.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}
