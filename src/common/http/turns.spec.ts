import { Turns } from './turns.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe(Turns.name, () => {
  it('starts a burst a few per turn, in order', async () => {
    const turns = new Turns(2);
    const started: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      turns.take(() => started.push(index));
    }
    expect(started).toEqual([0, 1]);
    await turn();
    expect(started).toEqual([0, 1, 2, 3]);
    await turn();
    expect(started).toEqual([0, 1, 2, 3, 4]);
  });

  it('starts a lone request at once, again and again', async () => {
    const turns = new Turns(1);
    const started: string[] = [];
    turns.take(() => started.push('a'));
    await turn();
    await turn();
    turns.take(() => started.push('b'));
    expect(started).toEqual(['a', 'b']);
  });

  it('lets nobody overtake those who wait', async () => {
    const turns = new Turns(1);
    const started: string[] = [];
    turns.take(() => started.push('a'));
    turns.take(() => {
      started.push('b');
      turns.take(() => started.push('d'));
    });
    turns.take(() => started.push('c'));
    await turn();
    await turn();
    await turn();
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });
});
