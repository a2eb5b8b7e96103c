import { Journal, type JournalStart } from './journal.js';

const start: JournalStart = {
  awsRequestId: 'r',
  operation: 'Converse',
  modelId: 'm',
  region: 'us-east-1',
  accessKeyId: 'AKIASANDBOX',
  requestSha256: 'h',
};

describe(Journal.name, () => {
  it('holds an attempt from its beginning and closes it once', () => {
    let time = 0;
    const journal = new Journal(() => time);
    const open = journal.begin(start);
    expect(journal.list()).toMatchObject([{ sequence: 1, endedAt: null, usage: null }]);

    time = 1000;
    open.end();
    time = 2000;
    open.end();
    expect(journal.list()[0]?.endedAt).toBe('1970-01-01T00:00:01.000Z');
  });

  it('keeps the newest entries and their numbers', () => {
    const journal = new Journal(() => 0, [], 2);
    for (let index = 0; index < 3; index++) journal.begin(start);

    expect(journal.list().map(({ sequence }) => sequence)).toEqual([2, 3]);
    expect(journal.list(2).map(({ sequence }) => sequence)).toEqual([3]);
  });
});
