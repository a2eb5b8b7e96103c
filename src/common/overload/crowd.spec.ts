import { Crowd } from './crowd.js';

/** Whether it stands after each of these sizes, half a second apart. */
function watch(sizes: readonly number[]): boolean[] {
  const crowd = new Crowd(10);
  return sizes.map((size, index) => crowd.stands(size, index * 500));
}

describe(Crowd.name, () => {
  it.each([
    ['few that wait', [10, 10, 10, 10], [false, false, false, false]],
    [
      'a burst that is being served',
      [11, 900, 700, 500, 300, 100, 5],
      [false, false, false, false, false, false, false],
    ],
    ['more than can be served', [11, 500, 500, 300, 100], [false, false, true, true, true]],
    ['one that hardly shrinks', [11, 500, 480, 470], [false, false, true, true]],
    [
      'one that is gone, and a burst after that',
      [11, 500, 500, 10, 10, 11, 11],
      [false, false, true, false, false, false, false],
    ],
    ['a burst that is followed by more', [11, 900, 700, 800, 100], [false, false, false, true, true]],
  ])('judges %s', (_, sizes, expected) => {
    expect(watch(sizes)).toEqual(expected);
  });

  it('does not take a moment for long', () => {
    const crowd = new Crowd(10);
    expect([0, 1, 499, 500, 501, 999].map((atMs) => crowd.stands(100, atMs))).not.toContain(true);
    expect(crowd.stands(100, 1_000)).toBe(true);
  });

  it('takes none for a burst that comes soon after it was too much', () => {
    const crowd = new Crowd(10);
    for (const atMs of [0, 500, 1_000]) crowd.stands(100, atMs);
    expect(crowd.stands(5, 1_100)).toBe(false);
    expect(crowd.stands(50, 1_200)).toBe(true);
  });
});
