import { Turns } from './turns.js';

const ANYONE = { id: 'anyone', weight: 1 };
const never = () => {
  throw new Error('must not be refused');
};
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe(Turns.name, () => {
  it('starts a burst a few per turn, in order', async () => {
    const turns = new Turns({ startsPerTurn: 2, waitingMax: 100, now: () => 0 });
    const started: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      turns.take(ANYONE, () => started.push(index), never);
    }
    expect(started).toEqual([0, 1]);
    await turn();
    expect(started).toEqual([0, 1, 2, 3]);
    await turn();
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it('starts a lone request at once, again and again', async () => {
    const turns = new Turns({ startsPerTurn: 1, waitingMax: 100, now: () => 0 });
    const started: string[] = [];
    turns.take(ANYONE, () => started.push('a'), never);
    await turn();
    await turn();
    turns.take(ANYONE, () => started.push('b'), never);
    expect(started).toEqual(['a', 'b']);
  });

  it('lets nobody overtake those who wait', async () => {
    const turns = new Turns({ startsPerTurn: 1, waitingMax: 100, now: () => 0 });
    const started: string[] = [];
    turns.take(ANYONE, () => started.push('a'), never);
    turns.take(
      ANYONE,
      () => {
        started.push('b');
        turns.take(ANYONE, () => started.push('d'), never);
      },
      never,
    );
    turns.take(ANYONE, () => started.push('c'), never);
    await turn();
    await turn();
    await turn();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses the oldest when too many wait, and then those who are late', async () => {
    let nowMs = 0;
    const turns = new Turns({ startsPerTurn: 1, waitingMax: 2, now: () => nowMs });
    const log: string[] = [];
    const ask = (name: string) =>
      turns.take(
        ANYONE,
        () => log.push(`start ${name}`),
        () => log.push(`refuse ${name}`),
      );
    for (const name of ['a', 'b', 'c', 'd']) ask(name);
    expect(log).toEqual(['start a', 'refuse b']);
    nowMs = 300;
    await turn();
    expect(log).toEqual(['start a', 'refuse b', 'refuse c', 'refuse d']);
    nowMs = 2_000;
    await turn();
    ask('e');
    expect(log.at(-1)).toBe('start e');
  });

  it('refuses nobody for being late while all can be served', async () => {
    let nowMs = 0;
    const turns = new Turns({ startsPerTurn: 1, waitingMax: 10, now: () => nowMs });
    const started: number[] = [];
    for (let index = 0; index < 3; index += 1) turns.take(ANYONE, () => started.push(index), never);
    nowMs = 60_000;
    await turn();
    await turn();
    expect(started).toEqual([0, 1, 2]);
  });

  it('starts one at a time while the turns are long', async () => {
    let nowMs = 0;
    const turns = new Turns({ startsPerTurn: 4, waitingMax: 10, now: () => nowMs });
    let started = 0;
    for (let index = 0; index < 8; index += 1) turns.take(ANYONE, () => (started += 1), never);
    expect(started).toBe(4);
    nowMs = 21;
    await turn();
    expect(started).toBe(5);
    await turn();
    expect(started).toBe(8);
  });
});
