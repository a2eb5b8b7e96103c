import * as fc from 'fast-check';
import { FairQueue } from './fair-queue.js';

const takeAll = (queue: FairQueue<string>): string[] =>
  Array.from({ length: queue.size }, () => queue.take()).filter((entry) => entry !== undefined);

function filled(lines: Record<string, { weight: number; count: number }>): FairQueue<string> {
  const queue = new FairQueue<string>();
  for (const [id, { weight, count }] of Object.entries(lines)) {
    for (let index = 0; index < count; index += 1) queue.push({ id, weight }, `${id}${index}`);
  }
  return queue;
}

describe(FairQueue.name, () => {
  it('lets owners take turns, each in order', () => {
    const queue = filled({ a: { weight: 1, count: 4 }, b: { weight: 1, count: 2 } });
    expect(takeAll(queue)).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'a3']);
  });

  it('gives turns by weight', () => {
    const queue = filled({ a: { weight: 1, count: 3 }, b: { weight: 2, count: 4 } });
    expect(takeAll(queue)).toEqual(['a0', 'b0', 'b1', 'a1', 'b2', 'b3', 'a2']);
  });

  it('serves the newest first where very many wait', () => {
    const queue = filled({ a: { weight: 1, count: 66 } });
    expect([queue.take(), queue.take(), queue.take()]).toEqual(['a65', 'a64', 'a0']);
  });

  it('drops the oldest of whoever has the most waiting for its weight', () => {
    const queue = filled({ a: { weight: 1, count: 3 }, b: { weight: 4, count: 9 } });
    expect([queue.dropOldest(), queue.dropOldest(), queue.size]).toEqual(['a0', 'b0', 10]);
    expect(new FairQueue().dropOldest()).toBeUndefined();
  });

  it('loses nothing and invents nothing', () => {
    const action = fc.oneof(
      fc.record({ owner: fc.constantFrom('a', 'b', 'c'), weight: fc.integer({ min: 1, max: 3 }) }),
      fc.constant('take' as const),
      fc.constant('drop' as const),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
        const queue = new FairQueue<number>();
        const inside = new Set<number>();
        actions.forEach((step, index) => {
          if (typeof step === 'object') {
            queue.push({ id: step.owner, weight: step.weight }, index);
            inside.add(index);
            return;
          }
          const entry = step === 'take' ? queue.take() : queue.dropOldest();
          expect(entry === undefined).toBe(inside.size === 0);
          expect(inside.delete(entry ?? -1)).toBe(entry !== undefined);
          expect(queue.size).toBe(inside.size);
        });
      }),
    );
  });
});
