import { array, assert, double, nat, property, record } from 'fast-check';
import { partOf, partWithin, shareOf } from './share-out.js';

const wants = (demand: number, weight = 1, used = 0) => ({ demand, weight, usedTokens: used, usedRequests: used / 2 });
const held = (part: number) => ({ rate: part, tokens: part, requests: part });

describe(shareOf.name, () => {
  it.each([
    ['the whole, alone', wants(0), [], 1],
    ['a half, of two idle ones', wants(0), [wants(0)], 0.5],
    ['what the other leaves', wants(5), [wants(0.1)], 0.9],
    ['what it wants, beside a greedy one', wants(0.1), [wants(5)], 0.1],
    ['a half, of two greedy ones', wants(5), [wants(50)], 0.5],
    ['its part by weight, of two greedy ones', wants(5, 1), [wants(5, 3)], 0.25],
    ['a part of what nobody wants', wants(0.2), [wants(0.4)], 0.4],
    ['a little, though idle, beside a greedy one', wants(0), [wants(5)], 0.05],
    ['nearly all, beside many idle ones', wants(5), Array.from({ length: 49 }, () => wants(0)), 0.902],
  ])('gives %s', (_, own, others, expected) => {
    expect(shareOf(own, others)).toBeCloseTo(expected, 9);
  });
});

describe(partOf.name, () => {
  it('leaves what was used where it is, and shares what is left', () => {
    expect(partOf(wants(5, 1, 0.8), [wants(5, 1, 0)])).toEqual({
      rate: 0.5,
      tokens: expect.closeTo(0.9, 9),
      requests: expect.closeTo(0.7, 9),
    });
  });

  it('gives all users together the whole, whatever they want', () => {
    const one = record({
      demand: double({ min: 0, max: 100, noNaN: true }),
      weight: nat(100),
      usedTokens: double({ min: 0, max: 0.03, noNaN: true }),
      usedRequests: double({ min: 0, max: 0.03, noNaN: true }),
    });
    assert(
      property(array(one, { minLength: 1, maxLength: 30 }), (all) => {
        const parts = all.map((own, at) => partOf(own, all.toSpliced(at, 1)));
        for (const name of ['rate', 'tokens', 'requests'] as const) {
          expect(parts.reduce((sum, part) => sum + part[name], 0)).toBeCloseTo(1, 6);
          for (const part of parts) expect(part[name]).toBeGreaterThan(0);
        }
      }),
    );
  });
});

describe(partWithin.name, () => {
  it('waits for what the others still hold', () => {
    expect(partWithin(held(0.9), wants(5), [held(0.5), held(0.2)])).toEqual({
      rate: expect.closeTo(0.3, 9),
      tokens: expect.closeTo(0.3, 9),
      requests: expect.closeTo(0.3, 9),
    });
  });

  it('takes nothing away that was used', () => {
    const part = partWithin(held(0.9), wants(5, 1, 0.4), [held(1)]);
    expect(part).toEqual({ rate: 0, tokens: 0.4, requests: 0.2 });
  });
});
