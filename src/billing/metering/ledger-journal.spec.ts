import { readFileSync } from 'node:fs';
import { appendFile, mkdtemp, open, readdir, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { openUsageEvent, usageEvent } from '../../../test/support/usage-samples.js';
import { LedgerJournal } from './ledger-journal.js';
import { toEventRecord, toIntentRecord } from './ledger-record.js';

const { jest } = import.meta;
const WRITER = 'aaaaaaaa-0000-4000-8000-000000000000';
/** When the parent of this process began, as Linux tells it. */
const BEGUN = /\) (?:\S+ ){19}(\d+) /.exec(readFileSync(`/proc/${process.ppid}/stat`, 'latin1'))?.[1];

describe(LedgerJournal.name, () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'journal-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('reads back what it wrote, in order', async () => {
    const journal = new LedgerJournal(directory, WRITER);
    const records = [toIntentRecord(openUsageEvent(), WRITER), toEventRecord(usageEvent({ tenantName: 'Zoë\n🦊' }))];
    await journal.append(records.slice(0, 1));
    await journal.append(records.slice(1));
    const [path, ...others] = await journal.pending(false);
    expect(others).toEqual([]);
    expect(await journal.read(path ?? '')).toEqual(records);
  });

  it('skips a line that was cut while it was written', async () => {
    const journal = new LedgerJournal(directory, WRITER);
    const record = toEventRecord(usageEvent());
    await journal.append([record]);
    const [path] = await journal.pending(false);
    await appendFile(path ?? '', '{"kind":"event","record":{"id":"01');
    expect(await journal.read(path ?? '')).toEqual([record]);
  });

  it('leaves no file behind for each try on a disk that is full', async () => {
    const journal = new LedgerJournal(directory, WRITER);
    const probe = await open(join(directory, 'probe'), 'w');
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const files = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    await rm(join(directory, 'probe'));
    const written = toEventRecord(usageEvent());
    await journal.append([written]);
    const append = jest.spyOn(files, 'appendFile').mockRejectedValue(full);
    for (let tries = 0; tries < 3; tries += 1) {
      await expect(journal.append([toEventRecord(usageEvent())])).rejects.toThrow('ENOSPC');
    }
    append.mockRestore();
    const [path = '', ...others] = await journal.pending(false);
    expect(others).toEqual([]);
    expect(await journal.read(path)).toEqual([written]);
    expect(await readdir(directory)).toHaveLength(1);
  });

  it('forgets a file only when it is told to', async () => {
    const journal = new LedgerJournal(directory, WRITER);
    await journal.append([toEventRecord(usageEvent())]);
    const [path] = await journal.pending(false);
    expect(await journal.pending(false)).toEqual([path]);
    await journal.remove(path ?? '');
    expect(await journal.pending(false)).toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  it.each([
    ['of a process that has ended', `usage~${hostname()}~999999999~w~000001.jsonl`, 1],
    ['of the process that had our id before us', `usage~${hostname()}~${process.pid}~w~000001.jsonl`, 1],
    ['of a process that runs', `usage~${hostname()}~${process.ppid}~w~000001.jsonl`, 0],
    ['of a process that has run since', `usage~${hostname()}~${process.ppid}.${BEGUN}~w~000001.jsonl`, 0],
    ['of a process whose id another one has', `usage~${hostname()}~${process.ppid}.1~w~000001.jsonl`, 1],
    ['of a process that does not tell when it began', `usage~${hostname()}~${process.ppid}.0~w~000001.jsonl`, 0],
    ['that another host wrote just now', 'usage~elsewhere~1~w~000001.jsonl', 0],
    ['that is not a journal', 'rejected.jsonl', 0],
  ])('decides whether to take over a file %s', async (_, name, expected) => {
    await writeFile(join(directory, name), '');
    expect(await new LedgerJournal(directory, WRITER).pending(true)).toHaveLength(expected);
  });
});
