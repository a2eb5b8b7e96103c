import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { isDataError } from './ledger-errors.js';
import type { LedgerJournal } from './ledger-journal.js';
import type { LedgerRecord } from './ledger-record.js';
import type { LedgerStore } from './ledger-store.js';

const RETRY_MS = 250;
const REPLAY_BATCH = 500;

/** Makes records durable: in the database or, while that is away, in the journal that is replayed later. */
export class DurableWriter {
  private readonly logger = new Logger(DurableWriter.name);
  private databaseAway = false;
  private giveUp = false;
  /** Files that the database has and the disk does not let go of. */
  private readonly replayed = new Set<string>();
  /** Files of which an operator knows that they cannot be replayed. */
  private readonly reported = new Set<string>();

  constructor(
    private readonly store: LedgerStore,
    private readonly journal: LedgerJournal,
  ) {}

  get isDatabaseAway(): boolean {
    return this.databaseAway;
  }

  get journalBytes(): number {
    return this.journal.bytes;
  }

  /** Resolves when every record is durable, with whether the database has them. Keeps trying while neither it nor the disk take them. */
  async write(records: LedgerRecord[]): Promise<boolean> {
    for (;;) {
      if (!this.databaseAway && (await this.commit(records))) return true;
      if (await this.note(records)) return false;
      // Nobody has asked it since it was away, and the next replay may be far, or fail for the same disk.
      if (await this.commit(records)) return true;
      if (this.giveUp) {
        throw new Error(
          `${records.length} ledger records could be written neither to the database nor to the journal.`,
        );
      }
      await delay(RETRY_MS);
    }
  }

  /** From here on a record that nothing takes is an error instead of another try. */
  stopRetrying(): void {
    this.giveUp = true;
  }

  /**
   * Writes what the journal holds to the database. False when the database is still away. A file that cannot be read, or not be
   * removed, stays and keeps up no other.
   */
  async replay(leftOver: boolean): Promise<boolean> {
    for (const path of await this.journal.pending(leftOver)) {
      try {
        if (!(await this.replayFile(path))) return false;
      } catch (error) {
        this.report(path, error);
      }
    }
    if (this.databaseAway) {
      this.databaseAway = false;
      this.logger.log('The database takes the ledger again.');
    }
    return true;
  }

  private async replayFile(path: string): Promise<boolean> {
    if (!this.replayed.has(path)) {
      const records = await this.journal.read(path);
      for (let start = 0; start < records.length; start += REPLAY_BATCH) {
        if (!(await this.tryStore(records.slice(start, start + REPLAY_BATCH)))) return false;
      }
      this.replayed.add(path);
      this.logger.log(`Replayed ${records.length} records of the usage journal.`);
    }
    await this.journal.remove(path);
    this.replayed.delete(path);
    return true;
  }

  private report(path: string, error: unknown): void {
    if (this.reported.has(path)) return;
    this.reported.add(path);
    this.logger.error(
      { err: error, file: basename(path) },
      'A file of the usage journal cannot be replayed; it stays.',
    );
  }

  /** Without its journal a record that the database refuses cannot be set aside: then nothing is written. */
  private async commit(records: LedgerRecord[]): Promise<boolean> {
    try {
      return await this.tryStore(records);
    } catch (error) {
      this.logger.error({ err: error }, 'A ledger record was refused and cannot be kept in rejected.jsonl.');
      return false;
    }
  }

  private async note(records: LedgerRecord[]): Promise<boolean> {
    try {
      await this.journal.append(records);
      return true;
    } catch (error) {
      this.logger.error({ err: error }, 'The usage journal cannot be written.');
      return false;
    }
  }

  private async tryStore(records: LedgerRecord[]): Promise<boolean> {
    try {
      await this.store.write(records);
      return true;
    } catch (error) {
      if (isDataError(error)) {
        return this.writeApart(records, error);
      }
      if (!this.databaseAway) {
        this.databaseAway = true;
        this.logger.error({ err: error }, 'The database does not take the ledger; usage goes to the local journal.');
      }
      return false;
    }
  }

  /** One record that the database refuses must not keep the others out; it is set aside for a person to look at. */
  private async writeApart(records: LedgerRecord[], error: unknown): Promise<boolean> {
    const [record, ...others] = records;
    if (record && others.length === 0) {
      await this.journal.reject(record);
      this.logger.error({ err: error, eventId: record.id }, 'A ledger record was refused and kept in rejected.jsonl.');
      return true;
    }
    for (const each of records) {
      if (!(await this.tryStore([each]))) {
        return false;
      }
    }
    return true;
  }
}
