import { createWriteStream, type WriteStream } from 'node:fs';
import type { JournalEntry } from './journal.js';

/** A file that grows by one JSON line for each ended attempt. */
export class JsonLinesFile {
  private readonly stream: WriteStream;

  constructor(
    path: string,
    private readonly toRecord: (entry: JournalEntry) => unknown,
  ) {
    this.stream = createWriteStream(path, { flags: 'a' });
  }

  write(entry: JournalEntry): void {
    this.stream.write(`${JSON.stringify(this.toRecord(entry))}\n`);
  }

  /** Resolves when every line is in the file. */
  close(): Promise<void> {
    return new Promise((resolve) => this.stream.end(resolve));
  }
}
