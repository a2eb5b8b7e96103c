import * as fc from 'fast-check';
import { SlidingWindow } from './sliding-window.js';

/** Ten buckets of 10 ms. */
const SHAPE = { bucketMs: 10, bucketCount: 10 };
const WINDOW_MS = 100;

describe(SlidingWindow.name, () => {
  it('counts what was taken until its whole bucket is older than the window', () => {
    const window = new SlidingWindow(SHAPE);
    window.add(5, 3);
    expect(window.used(109)).toBe(3);
    expect(window.used(110)).toBe(0);
  });

  it('slides: what is older goes before what is newer', () => {
    const window = new SlidingWindow(SHAPE);
    window.add(0, 3);
    window.add(50, 4);
    expect([window.used(109), window.used(110), window.used(159), window.used(160)]).toEqual([7, 4, 4, 0]);
  });

  it.each([
    ['everything', 0, 155],
    ['some', 4, 105],
    ['nothing', 7, 0],
  ])('tells how long until %s has to have left', (_, rest, waitMs) => {
    const window = new SlidingWindow(SHAPE);
    window.add(0, 3);
    window.add(50, 4);
    expect(window.msUntil(5, rest)).toBe(rest === 7 ? 0 : waitMs);
  });

  it('gives back at its own time, no more than is there, and nothing that has left', () => {
    const window = new SlidingWindow(SHAPE);
    window.add(0, 3);
    window.add(50, 4);
    window.giveBack(0, 60, 10);
    expect(window.used(60)).toBe(4);
    window.giveBack(0, 120, 10);
    expect(window.used(120)).toBe(4);
    window.giveBack(50, 120, 1);
    expect(window.used(120)).toBe(3);
  });

  it('never lets any span of its length hold more than the limit', () => {
    const step = fc.record({ waitMs: fc.nat(40), amount: fc.integer({ min: 1, max: 4 }), back: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 10 }), (steps, limit) => {
        const window = new SlidingWindow(SHAPE);
        const kept: { atMs: number; amount: number }[] = [];
        let nowMs = 0;
        for (const { waitMs, amount, back } of steps) {
          nowMs += waitMs;
          if (window.used(nowMs) + amount <= limit) {
            window.add(nowMs, amount);
            kept.push({ atMs: nowMs, amount });
          }
          const last = kept.at(-1);
          if (back && last) {
            window.giveBack(last.atMs, nowMs, last.amount);
            kept.pop();
          }
          expect(window.used(nowMs)).toBeGreaterThanOrEqual(0);
        }
        for (const { atMs } of kept) {
          const inSpan = kept.filter((other) => other.atMs >= atMs && other.atMs < atMs + WINDOW_MS);
          expect(inSpan.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(limit);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is right about the wait: at its end the claim fits, a moment before it does not', () => {
    const amounts = fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(amounts, fc.nat(20), (taken, rest) => {
        const window = new SlidingWindow(SHAPE);
        let nowMs = 0;
        for (const [waitMs, amount] of taken) {
          nowMs += waitMs;
          window.add(nowMs, amount);
        }
        fc.pre(window.used(nowMs) > rest);
        const freeAtMs = nowMs + window.msUntil(nowMs, rest);
        expect(window.used(freeAtMs - 0.001)).toBeGreaterThan(rest);
        expect(window.used(freeAtMs)).toBeLessThanOrEqual(rest);
      }),
      { numRuns: 500 },
    );
  });
});
