import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { unavailable } from '../../common/errors/gateway-error.js';
import { DurableWriter } from './durable-writer.js';
import { GroupCommit } from './group-commit.js';
import { IntentLog } from './intent-log.js';
import { isBehind } from './is-behind.js';
import { LedgerJournal } from './ledger-journal.js';
import { toEventRecord, toIntentRecord, type LedgerRecord } from './ledger-record.js';
import { LedgerStore } from './ledger-store.js';
import { LedgerUpkeep } from './ledger-upkeep.js';
import type { OpenUsageEvent, RatedUsageEvent } from './usage-event.js';
import { UsageLedger, type Intent } from './usage-ledger.js';

const BATCH_MAX = 1_000;
/** How long an intent may wait to be written beside others: many a call has ended by then, and needs none. */
const INTENT_PATIENCE_MS = 20;
/** About 30 MB of records. New attempts are refused then; those that have begun are still settled. */
const WAITING_MAX = 20_000;
const RETRY_AFTER_SECONDS = 5;

export interface LedgerOptions {
  databaseUrl: string;
  dataDir: string;
  /** How long a process may be silent before its open attempts are settled as lost. */
  leaseMs: number;
}

/** The ledger in PostgreSQL, with a journal under `dataDir` for the time that PostgreSQL is away. */
export class PostgresUsageLedger extends UsageLedger {
  readonly writerId = randomUUID();
  private readonly store: LedgerStore;
  private readonly writer: DurableWriter;
  private readonly upkeep: LedgerUpkeep;
  private readonly intents: IntentLog;
  private readonly commits: GroupCommit<LedgerRecord>;

  constructor(options: LedgerOptions) {
    super();
    this.store = new LedgerStore(options.databaseUrl);
    const directory = join(options.dataDir, 'usage-journal');
    this.intents = new IntentLog(directory, this.writerId);
    this.writer = new DurableWriter(this.store, new LedgerJournal(directory, this.writerId));
    this.upkeep = new LedgerUpkeep(this.store, this.writer, this.writerId, options.leaseMs);
    this.commits = new GroupCommit((records) => this.writer.write(records), BATCH_MAX, INTENT_PATIENCE_MS);
  }

  /** True while usage goes to the local journal. */
  get isDatabaseAway(): boolean {
    return this.writer.isDatabaseAway;
  }

  /** Records that are not durable yet. */
  get waiting(): number {
    return this.commits.waiting;
  }

  /** Milliseconds for which the oldest of them has been due. */
  get lagMs(): number {
    return this.commits.lagMs;
  }

  /** Whether records come faster than they can be written: each further request would wait longer for its end. */
  get isBehind(): boolean {
    return isBehind(this.commits);
  }

  /** Size of what this process has written to the journal and not replayed yet. */
  get journalBytes(): number {
    return this.writer.journalBytes;
  }

  /** Takes the lease, replays what an earlier process left, and keeps both up. Call it before the first attempt. */
  async start(): Promise<void> {
    await this.upkeep.start();
  }

  override open(event: OpenUsageEvent): Intent {
    if (this.waiting >= WAITING_MAX) {
      throw unavailable('The gateway cannot record usage at the moment.', RETRY_AFTER_SECONDS);
    }
    const record = toIntentRecord(event, this.writerId);
    const forget = this.intents.note(record);
    return { durable: this.commits.addPatiently(record).then(forget) };
  }

  override hurry(): void {
    this.commits.hurry();
  }

  override settle(event: RatedUsageEvent): Promise<void> {
    return this.commits.add(toEventRecord(event));
  }

  /** Flushes, and leaves what is still open to the sweep. Call it when no request runs any more. */
  async close(): Promise<void> {
    this.writer.stopRetrying();
    await this.commits.drain();
    this.intents.close();
    await this.upkeep.stop();
    await this.store.close();
  }
}
