import * as fc from 'fast-check';
import { FairQueue } from './fair-queue.js';

interface Entry {
  name: string;
  cost: number;
}

type Order = 'takeOldest' | 'takeNewest';

const takeAll = (queue: FairQueue<Entry>, order: Order = 'takeOldest'): (string | undefined)[] =>
  Array.from({ length: queue.size }, () => queue[order]()?.name);

function filled(lines: Record<string, { weight?: number; count: number; cost?: number }>): FairQueue<Entry> {
  const queue = new FairQueue<Entry>();
  for (const [id, { weight = 1, count, cost = 1 }] of Object.entries(lines)) {
    for (let index = 0; index < count; index += 1) queue.push({ id, weight }, { name: `${id}${index}`, cost });
  }
  return queue;
}

describe(FairQueue.name, () => {
  it('lets owners take turns, each in order', () => {
    const queue = filled({ a: { count: 4 }, b: { count: 2 } });
    expect(takeAll(queue)).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'a3']);
  });

  it('gives turns by weight', () => {
    const queue = filled({ a: { count: 3 }, b: { weight: 2, count: 4 } });
    expect(takeAll(queue)).toEqual(['a0', 'b0', 'b1', 'a1', 'b2', 'b3', 'a2']);
  });

  it('gives turns by cost', () => {
    const queue = filled({ a: { count: 2, cost: 3 }, b: { count: 4 } });
    expect(takeAll(queue)).toEqual(['a0', 'b0', 'b1', 'b2', 'a1', 'b3']);
  });

  it('takes the newest on demand, also among owners of whom none was served', () => {
    const queue = filled({ a: { count: 3 }, b: { count: 1 }, c: { count: 2 } });
    expect(takeAll(queue, 'takeNewest')).toEqual(['c1', 'b0', 'a2', 'c0', 'a1', 'a0']);
  });

  it('remembers who is ahead, so that one request at a time gains nothing', () => {
    const queue = filled({ a: { count: 1 }, b: { count: 3 } });
    expect(queue.takeOldest()?.name).toBe('a0');
    queue.push({ id: 'a', weight: 1 }, { name: 'a1', cost: 1 });
    expect(takeAll(queue)).toEqual(['b0', 'a1', 'b1', 'b2']);
  });

  it('drops from whoever has the most waiting for its weight', () => {
    const queue = filled({ a: { count: 3 }, b: { weight: 4, count: 9 } });
    expect([queue.dropOldest()?.name, queue.dropOldest()?.name, queue.size]).toEqual(['a0', 'b0', 10]);
    expect([queue.dropNewest()?.name, queue.dropNewest()?.name]).toEqual(['a2', 'b8']);
    expect(new FairQueue().dropOldest()).toBeUndefined();
  });

  it('drops from the front of each line, and no more than it may', () => {
    const queue = filled({ a: { count: 3 }, b: { count: 3 } });
    const names = (countMax: number) => queue.dropWhere(({ name }) => /[01]$/.test(name), countMax).map((e) => e.name);
    expect([names(3), names(3), queue.size]).toEqual([['a0', 'a1', 'b0'], ['b1'], 2]);
  });

  it('loses nothing and invents nothing', () => {
    const action = fc.oneof(
      fc.record({ owner: fc.constantFrom('a', 'b', 'c'), weight: fc.integer({ min: 1, max: 3 }) }),
      fc.constantFrom('takeOldest', 'takeNewest', 'dropOldest', 'dropNewest'),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
        const queue = new FairQueue<Entry>();
        const inside = new Set<string>();
        actions.forEach((step, index) => {
          if (typeof step === 'object') {
            queue.push({ id: step.owner, weight: step.weight }, { name: `${index}`, cost: 1 });
            inside.add(`${index}`);
            return;
          }
          const entry = queue[step]();
          expect(entry === undefined).toBe(inside.size === 0);
          expect(inside.delete(entry?.name ?? '')).toBe(entry !== undefined);
          expect(queue.size).toBe(inside.size);
        });
      }),
    );
  });
});
