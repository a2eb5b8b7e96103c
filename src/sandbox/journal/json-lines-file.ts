import { createWriteStream, type WriteStream } from 'node:fs';
import type { JournalEntry } from './journal.js';

/** A file that gets each ended attempt. */
export interface JournalFile {
  write(entry: JournalEntry): void;
  /** Resolves when the file holds all of them. */
  close(): Promise<void>;
}

/** A file that grows by one JSON line for each ended attempt. */
export class JsonLinesFile implements JournalFile {
  private readonly stream: WriteStream;

  constructor(
    path: string,
    /** Undefined for an entry that is not in the file. */
    private readonly toRecord: (entry: JournalEntry) => unknown,
  ) {
    this.stream = createWriteStream(path, { flags: 'a' });
  }

  write(entry: JournalEntry): void {
    const record = this.toRecord(entry);
    if (record !== undefined) this.stream.write(`${JSON.stringify(record)}\n`);
  }

  /** Resolves when every line is in the file. */
  close(): Promise<void> {
    return new Promise((resolve) => this.stream.end(resolve));
  }
}
