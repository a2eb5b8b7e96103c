import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { openUsageEvent } from '../../../test/support/usage-samples.js';
import { IntentLog } from './intent-log.js';
import { LedgerJournal } from './ledger-journal.js';
import { toIntentRecord } from './ledger-record.js';

Logger.overrideLogger(false);
const WRITER = 'aaaaaaaa-0000-4000-8000-000000000000';
const NEXT_WRITER = 'bbbbbbbb-0000-4000-8000-000000000000';
const intent = () => toIntentRecord(openUsageEvent(), WRITER);

describe(IntentLog.name, () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'intents-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const contents = async () =>
    Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name), 'utf8')));

  it('has on the disk what is not durable yet, for the process that comes next', async () => {
    const log = new IntentLog(directory, WRITER);
    const records = [intent(), intent()];
    for (const record of records) log.note(record);
    const next = new LedgerJournal(directory, NEXT_WRITER);
    const [path = ''] = await next.pending(true);
    expect(await next.read(path)).toEqual(records);
  });

  it('is not taken over by its own process', async () => {
    new IntentLog(directory, WRITER).note(intent());
    expect(await new LedgerJournal(directory, WRITER).pending(true)).toEqual([]);
  });

  it('is empty when everything is durable, and gone when it closes', async () => {
    const log = new IntentLog(directory, WRITER);
    const durable = [log.note(intent()), log.note(intent())];
    durable[1]?.();
    expect((await contents()).join('')).toMatch(/\n.*\n/);
    durable[0]?.();
    expect(await contents()).toEqual(['']);
    log.close();
    expect(await readdir(directory)).toEqual([]);
  });

  it('leaves what is not durable when it closes', async () => {
    const log = new IntentLog(directory, WRITER);
    log.note(intent());
    log.close();
    expect((await contents())[0]).toContain('"intent"');
  });

  it('removes a full file with its last intent, and writes on in another', async () => {
    const log = new IntentLog(directory, WRITER);
    const durable: (() => void)[] = [];
    while ((await readdir(directory)).length < 2) durable.push(log.note(intent()));
    const [last] = durable.splice(-1);
    for (const forget of durable) forget();
    expect(await readdir(directory)).toHaveLength(1);
    last?.();
    expect(await contents()).toEqual(['']);
  });

  it('stops nobody when the disk cannot be written, and goes on when it can', async () => {
    const place = join(directory, 'place');
    await writeFile(place, 'a file where the folder should be');
    const log = new IntentLog(place, WRITER);
    log.note(intent())();
    await rm(place);
    log.note(intent());
    expect(await readdir(place)).toHaveLength(1);
  });
});
