import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { journalFileName } from './journal-file.js';
import { toLine, type LedgerRecord } from './ledger-record.js';

/** A file is removed when its last intent is durable, so a small one does not stay for long. */
const FILE_MAX_BYTES = 256 * 1024;

interface IntentFile {
  path: string;
  descriptor: number;
  bytes: number;
  /** Intents in it that are not durable yet. */
  open: number;
}

/**
 * What has begun and is not durable yet, in files beside the journal: handed to the system and not fsynced, so that it
 * costs no wait and outlives a killed process, though not a machine. The next process replays it.
 */
export class IntentLog {
  private readonly logger = new Logger(IntentLog.name);
  private current: IntentFile | undefined;
  private files = 0;
  private isBroken = false;

  constructor(
    private readonly directory: string,
    private readonly writerId: string,
  ) {}

  /**
   * Synchronous: when it returns, the call may be made. Answers what to call when the intent is durable. A disk that
   * cannot be written is reported once and stops nobody.
   */
  note(record: LedgerRecord): () => void {
    let file: IntentFile | undefined;
    try {
      file = this.current ??= this.create();
      const line = Buffer.from(`${toLine(record)}\n`);
      writeWhole(file.descriptor, line);
      file.bytes += line.length;
      file.open += 1;
      this.isBroken = false;
    } catch (error) {
      this.report(error);
      this.current = undefined;
      if (file?.open === 0) this.remove(file);
      return () => undefined;
    }
    if (file.bytes >= FILE_MAX_BYTES) {
      this.current = undefined;
    }
    const noted = file;
    return () => this.forget(noted);
  }

  /** Call it when every intent is durable, or is left to the next process. */
  close(): void {
    const file = this.current;
    this.current = undefined;
    if (file?.open === 0) this.remove(file);
  }

  private forget(file: IntentFile): void {
    file.open -= 1;
    if (file.open > 0) return;
    if (file !== this.current) {
      this.remove(file);
      return;
    }
    try {
      ftruncateSync(file.descriptor, 0);
      file.bytes = 0;
    } catch (error) {
      this.report(error);
    }
  }

  private create(): IntentFile {
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.files += 1;
    const path = join(this.directory, journalFileName('intents', this.writerId, this.files));
    return { path, descriptor: openSync(path, 'ax', 0o600), bytes: 0, open: 0 };
  }

  private remove({ path, descriptor }: IntentFile): void {
    try {
      closeSync(descriptor);
      rmSync(path, { force: true });
    } catch (error) {
      this.report(error);
    }
  }

  private report(error: unknown): void {
    if (!this.isBroken) {
      this.logger.error({ err: error }, 'Calls that begin cannot be noted on the disk; a crash could lose some.');
    }
    this.isBroken = true;
  }
}

function writeWhole(descriptor: number, bytes: Buffer): void {
  for (let start = 0; start < bytes.length;) {
    start += writeSync(descriptor, bytes, start);
  }
}
