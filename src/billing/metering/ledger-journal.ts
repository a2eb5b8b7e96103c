import { mkdir, open, readdir, readFile, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { isLeftOver, journalFileName } from './journal-file.js';
import { fromLine, toLine, type LedgerRecord } from './ledger-record.js';

/** A file is replayed as a whole, so it stays small enough to hold in memory. */
const FILE_MAX_BYTES = 16 * 1024 * 1024;

/**
 * Where records are durable while the database is away: one JSON line each in `directory`, fsynced. Files belong to
 * one process; those of a process that has ended are read by the next one. Reading a file twice is harmless.
 */
export class LedgerJournal {
  private current: { path: string; file: FileHandle; bytes: number } | undefined;
  /** Appending and sealing take turns: a file that is being replayed never grows. */
  private turn: Promise<unknown> = Promise.resolve();
  private readonly sealed = new Map<string, number>();
  private files = 0;

  constructor(
    private readonly directory: string,
    private readonly writerId: string,
  ) {}

  /** Bytes that this process has written and not removed. */
  get bytes(): number {
    return [...this.sealed.values()].reduce((sum, bytes) => sum + bytes, this.current?.bytes ?? 0);
  }

  /** Resolves when the lines are on disk. After a failure the next call begins a new file. */
  append(records: LedgerRecord[]): Promise<void> {
    return this.inTurn(async () => {
      this.current ??= await this.create();
      const lines = Buffer.from(`${records.map(toLine).join('\n')}\n`);
      try {
        await this.current.file.appendFile(lines);
        await this.current.file.datasync();
      } catch (error) {
        const { path, bytes } = this.current;
        await this.seal();
        // Nobody was told that anything in it is durable, and each try on a disk that is full would leave another one.
        if (bytes === 0) await this.remove(path).catch(() => undefined);
        throw error;
      }
      this.current.bytes += lines.length;
      if (this.current.bytes >= FILE_MAX_BYTES) {
        await this.seal();
      }
    });
  }

  /**
   * The files to replay, oldest first: this process's own and, with `leftOver`, those of processes that have ended, with
   * the intents that these had not made durable.
   */
  pending(leftOver: boolean): Promise<string[]> {
    return this.inTurn(async () => {
      await this.seal();
      const own = [...this.sealed.keys()];
      return leftOver ? [...(await this.leftOver()), ...own] : own;
    });
  }

  /** The whole lines of a file; none of one that another process has replayed and removed meanwhile. */
  async read(path: string): Promise<LedgerRecord[]> {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const lines = text.split('\n');
    return lines.map(fromLine).filter((record) => record !== null);
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
    this.sealed.delete(path);
  }

  /** Keeps a record that the database refuses for its content. It is never replayed by itself. */
  async reject(record: LedgerRecord): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    const file = await open(join(this.directory, 'rejected.jsonl'), 'a', 0o600);
    try {
      await file.appendFile(`${toLine(record)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private async create(): Promise<{ path: string; file: FileHandle; bytes: number }> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    this.files += 1;
    const path = join(this.directory, journalFileName('usage', this.writerId, this.files));
    const file = await open(path, 'ax', 0o600);
    // A file is only as durable as the directory that names it.
    const directory = await open(this.directory, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
    return { path, file, bytes: 0 };
  }

  private async seal(): Promise<void> {
    const current = this.current;
    this.current = undefined;
    if (current) {
      this.sealed.set(current.path, current.bytes);
      await current.file.close().catch(() => undefined);
    }
  }

  private async leftOver(): Promise<string[]> {
    const names = await readdir(this.directory).catch(() => []);
    const paths: string[] = [];
    for (const name of names.toSorted((a, b) => a.localeCompare(b))) {
      const path = join(this.directory, name);
      if (await isLeftOver(name, path, this.writerId)) {
        paths.push(path);
      }
    }
    return paths;
  }
}
