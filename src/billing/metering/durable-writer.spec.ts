import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { usageEvent } from '../../../test/support/usage-samples.js';
import { DurableWriter } from './durable-writer.js';
import { LedgerJournal } from './ledger-journal.js';
import { toEventRecord, toLine, type LedgerRecord } from './ledger-record.js';
import type { LedgerStore } from './ledger-store.js';

const { jest } = import.meta;
Logger.overrideLogger(false);
const WRITER = 'aaaaaaaa-0000-4000-8000-000000000000';
const event = (tenantName = 'Blue') => toEventRecord(usageEvent({ tenantName }));

/** A database that is away for the first so many writes and refuses some records for their content. */
class FakeStore {
  readonly written: LedgerRecord[] = [];

  constructor(
    private failures = 0,
    private readonly refuses: (record: LedgerRecord) => boolean = () => false,
  ) {}

  write(records: LedgerRecord[]): Promise<void> {
    if (this.failures-- > 0) return Promise.reject(new Error('away'));
    if (records.some(this.refuses)) return Promise.reject(Object.assign(new Error('refused'), { code: '22P05' }));
    this.written.push(...records);
    return Promise.resolve();
  }
}

describe(DurableWriter.name, () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'journal-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const open = (store: FakeStore, place = directory) =>
    new DurableWriter(store as unknown as LedgerStore, new LedgerJournal(place, WRITER));

  it('tries the database that was away again where the journal cannot be written', async () => {
    const place = join(directory, 'place');
    await writeFile(place, 'a file where the folder should be');
    const store = new FakeStore(2);
    const writer = open(store, place);
    const records = [event()];
    expect(await writer.write(records)).toBe(true);
    expect(store.written).toEqual(records);
  });

  it('loses nothing at the end that a database takes which was away before', async () => {
    const place = join(directory, 'place');
    await writeFile(place, 'a file where the folder should be');
    const store = new FakeStore(1);
    const writer = open(store, place);
    writer.stopRetrying();
    await writer.write([event()]);
    expect(store.written).toHaveLength(1);
  });

  it('loses no record beside one that is refused and cannot be set aside', async () => {
    await mkdir(join(directory, 'rejected.jsonl'));
    const store = new FakeStore(0, ({ json }) => json.includes('Refused'));
    const writer = open(store);
    const [first, refused, last] = [event(), event('Refused'), event()];
    await writer.write([first, refused, last]);
    expect(await readdir(directory)).toHaveLength(2);
    await rm(join(directory, 'rejected.jsonl'), { recursive: true });
    expect(await writer.replay(true)).toBe(true);
    expect(new Set(store.written.map(({ id }) => id))).toEqual(new Set([first.id, last.id]));
    expect(await readdir(directory)).toEqual(['rejected.jsonl']);
  });

  it('replays what lies beside a file that cannot be read, and has the database back', async () => {
    const store = new FakeStore(1);
    const writer = open(store);
    await mkdir(join(directory, `usage~${hostname()}~999999998~w~000001.jsonl`));
    const left = event();
    await writeFile(join(directory, `usage~${hostname()}~999999999~w~000001.jsonl`), `${toLine(left)}\n`);
    const own = event();
    await writer.write([own]);
    expect(await writer.replay(true)).toBe(true);
    expect(store.written).toEqual([left, own]);
    expect(writer.isDatabaseAway).toBe(false);
    expect(await readdir(directory)).toHaveLength(1);
  });

  it('has the database back where a file that is replayed cannot be removed, and replays it once', async () => {
    const readOnly = Object.assign(new Error('EROFS: read-only file system, unlink'), { code: 'EROFS' });
    const remove = jest.spyOn(LedgerJournal.prototype, 'remove').mockRejectedValue(readOnly);
    const store = new FakeStore(1);
    const writer = open(store);
    const own = event();
    await writer.write([own]);
    expect(await writer.replay(true)).toBe(true);
    expect(await writer.replay(true)).toBe(true);
    expect(store.written).toEqual([own]);
    expect(writer.isDatabaseAway).toBe(false);
    remove.mockRestore();
    await writer.replay(true);
    expect(await readdir(directory)).toEqual([]);
  });

  it('replays the others where another process was quicker with one', async () => {
    const store = new FakeStore();
    const journal = new LedgerJournal(directory, WRITER);
    const writer = new DurableWriter(store as unknown as LedgerStore, journal);
    const left = event();
    const [gone, there] = ['000001', '000002'].map((n) =>
      join(directory, `usage~${hostname()}~999999999~w~${n}.jsonl`),
    );
    await writeFile(there ?? '', `${toLine(left)}\n`);
    jest.spyOn(journal, 'pending').mockResolvedValue([gone ?? '', there ?? '']);
    expect(await writer.replay(true)).toBe(true);
    expect(store.written).toEqual([left]);
  });
});
