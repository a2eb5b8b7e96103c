import { array, assert, boolean, nat, property, tuple } from 'fast-check';
import { Bag } from './bag.js';

describe(Bag.name, () => {
  it('holds what has been added and not taken out, whatever the order', () => {
    const steps = array(tuple(boolean(), nat(20)), { maxLength: 60 });
    assert(
      property(steps, (all) => {
        const bag = new Bag<number>();
        const removals: (() => void)[] = [];
        const held = new Set<number>();
        for (const [isComing, which] of all) {
          if (isComing) {
            const item = removals.length;
            removals.push(bag.add(item));
            held.add(item);
          } else if (removals.length > 0) {
            const item = which % removals.length;
            removals[item]?.();
            held.delete(item);
          }
          expect(bag.size).toBe(held.size);
          expect(bag.items.toSorted((a, b) => a - b)).toEqual([...held].toSorted((a, b) => a - b));
        }
      }),
    );
  });
});
