import { Crowd } from './crowd.js';

/** Whether it stands after each of these sizes, two seconds apart. */
function watch(sizes: readonly number[]): boolean[] {
  const crowd = new Crowd(10);
  return sizes.map((size, index) => crowd.stands(size, index * 2_000));
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
    ['one that hardly shrinks', [11, 500, 420, 350], [false, false, true, true]],
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
    expect([0, 1, 1_999, 2_000, 2_001, 3_999].map((atMs) => crowd.stands(100, atMs))).not.toContain(true);
    expect(crowd.stands(100, 4_000)).toBe(true);
  });

  it('takes none for a burst that comes soon after it was too much', () => {
    const crowd = new Crowd(10);
    for (const atMs of [0, 2_000, 4_000]) crowd.stands(100, atMs);
    expect(crowd.stands(5, 4_500)).toBe(false);
    expect(crowd.stands(50, 5_000)).toBe(true);
  });
});
