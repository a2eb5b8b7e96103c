import type { JournalFile } from './json-lines-file.js';

const DEFAULT_LIMIT = 100_000;

/** Tokens of one attempt, as Bedrock would bill them. */
export interface JournalUsage {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWrite5mTokens: number;
  cacheWrite1hTokens: number;
}

/** One attempt that reached the sandbox: the truth that a ledger is compared with. */
export interface JournalEntry {
  /** Counts up from 1. */
  sequence: number;
  awsRequestId: string;
  operation: string;
  modelId: string;
  /** The foundation model behind `modelId`; null when there is none. */
  baseModelId: string | null;
  region: string;
  /** Whose signature the request had; null for a bearer token. */
  accessKeyId: string | null;
  requestMetadata: Readonly<Record<string, string>> | null;
  /** What was generated, whether or not anyone read it; null when nothing was. */
  usage: JournalUsage | null;
  /** What is billed otherwise than by tokens: `images`, `queries`, `textUnits`. */
  units: Readonly<Record<string, number>> | null;
  /** False when the answer ended before the client could see `usage`. */
  usageReported: boolean;
  stopReason: string | null;
  status: number | null;
  errorType: string | null;
  startedAt: string;
  /** Null while the answer is being sent. */
  endedAt: string | null;
  /** The client closed the connection before the end. */
  clientGone: boolean;
  /** Bytes of body sent. */
  bytes: number;
  requestSha256: string;
}

export type JournalStart = Pick<
  JournalEntry,
  'awsRequestId' | 'operation' | 'modelId' | 'region' | 'accessKeyId' | 'requestSha256'
>;

/** An entry that is still being filled. */
export class OpenEntry {
  constructor(
    readonly entry: JournalEntry,
    private readonly close: (entry: JournalEntry) => void,
  ) {}

  set(values: Partial<Omit<JournalEntry, 'sequence' | 'startedAt' | 'endedAt'>>): void {
    Object.assign(this.entry, values);
  }

  /** A second call changes nothing. */
  end(): void {
    if (this.entry.endedAt === null) this.close(this.entry);
  }
}

/** Every attempt, in memory up to a limit (the oldest go first) and as lines of files. */
export class Journal {
  private entries: JournalEntry[] = [];
  private sequence = 0;

  constructor(
    private readonly now: () => number,
    private readonly files: readonly JournalFile[] = [],
    private readonly limit = DEFAULT_LIMIT,
  ) {}

  /** The entry is in the journal at once, so that nobody who saw an answer can miss it. */
  begin(start: JournalStart): OpenEntry {
    const entry: JournalEntry = {
      sequence: ++this.sequence,
      ...start,
      baseModelId: null,
      requestMetadata: null,
      usage: null,
      units: null,
      usageReported: false,
      stopReason: null,
      status: null,
      errorType: null,
      startedAt: this.time(),
      endedAt: null,
      clientGone: false,
      bytes: 0,
    };
    this.entries.push(entry);
    if (this.entries.length > this.limit) this.entries.shift();
    return new OpenEntry(entry, (ended) => {
      ended.endedAt = this.time();
      for (const file of this.files) file.write(ended);
    });
  }

  /** Entries with a sequence above `since`, oldest first. */
  list(since = 0): readonly JournalEntry[] {
    return this.entries.filter(({ sequence }) => sequence > since);
  }

  clear(): void {
    this.entries = [];
  }

  /** Resolves when the files hold every ended entry. */
  async close(): Promise<void> {
    await Promise.all(this.files.map((file) => file.close()));
  }

  private time(): string {
    return new Date(this.now()).toISOString();
  }
}
