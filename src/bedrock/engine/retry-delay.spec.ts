import { retryDelayMs } from './retry-delay.js';

describe(retryDelayMs.name, () => {
  it.each<[tries: number, retryAfterMs: number | undefined, random: number, expected: number | null]>([
    [1, undefined, 0.5, 100],
    [2, undefined, 0.5, 200],
    [9, undefined, 0.5, 2_500],
    [3, undefined, 0, 0],
    [1, 1_500, 0.5, 1_600],
    [1, 50, 0.5, 150],
    [1, 0, 0.5, 100],
    [1, 5_000, 0.5, 5_100],
    [1, 5_001, 0.5, null],
  ])('after %i tries, asked for %s ms, with random %d: %s ms', (tries, retryAfterMs, random, expected) => {
    expect(retryDelayMs(tries, retryAfterMs, random)).toBe(expected);
  });
});
