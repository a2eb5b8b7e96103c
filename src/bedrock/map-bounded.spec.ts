import { setImmediate as turn } from 'node:timers/promises';
import { mapBounded } from './map-bounded.js';

describe(mapBounded.name, () => {
  it('keeps the order and never exceeds the limit', async () => {
    let running = 0;
    let most = 0;
    const results = await mapBounded([5, 1, 4, 2, 3, 0], 2, async (turns) => {
      running += 1;
      most = Math.max(most, running);
      for (let count = 0; count < turns; count += 1) {
        await turn();
      }
      running -= 1;
      return turns * 10;
    });
    expect(results).toEqual([50, 10, 40, 20, 30, 0]);
    expect(most).toBe(2);
  });

  it('throws the first failure, begins nothing after it and waits for what runs', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const run = async (item: number) => {
      begun.push(item);
      if (item === 0) {
        throw new Error('first');
      }
      await turn();
      ended.push(item);
    };
    await expect(mapBounded([1, 0, 2, 3], 2, run)).rejects.toThrow('first');
    expect(begun).toEqual([1, 0]);
    expect(ended).toEqual([1]);
  });

  it('has nothing to do for no items', async () => {
    await expect(mapBounded([], 3, (item) => Promise.resolve(item))).resolves.toEqual([]);
  });
});
