import { atTurnEnd } from './turn-end.js';

describe(atTurnEnd.name, () => {
  it('runs all that a turn has given at its end, in order, before anything that follows from the first', async () => {
    const done: string[] = [];
    const step = (name: string) =>
      new Promise<void>((resolve) => {
        atTurnEnd(() => {
          done.push(name);
          resolve();
        });
      }).then(() => done.push(`after ${name}`));
    const steps = [step('a'), step('b')];
    await Promise.resolve();
    expect(done).toEqual([]);
    await Promise.all(steps);
    expect(done).toEqual(['a', 'b', 'after a', 'after b']);
  });

  it('leaves what is given in the meantime to the end of the next turn', async () => {
    const done: string[] = [];
    atTurnEnd(() => {
      done.push('a');
      atTurnEnd(() => done.push('b'));
    });
    await new Promise(setImmediate);
    expect(done).toEqual(['a']);
    await new Promise(setImmediate);
    expect(done).toEqual(['a', 'b']);
  });

  it('runs what there is before the end of the turn when it is much', async () => {
    const done: number[] = [];
    for (let number = 1; number <= 40; number += 1) atTurnEnd(() => done.push(number));
    await Promise.resolve();
    expect(done).toHaveLength(40);
    atTurnEnd(() => done.push(41));
    await Promise.resolve();
    expect(done).toHaveLength(40);
    await new Promise(setImmediate);
    expect(done).toHaveLength(41);
  });
});
