import { Crowd } from './crowd.js';

/** Whether it stands after each of these sizes, a second and a half apart. */
function watch(sizes: readonly number[]): boolean[] {
  const crowd = new Crowd(10);
  return sizes.map((size, index) => crowd.stands(size, index * 1_500));
}

describe(Crowd.name, () => {
  it.each([
    ['few that wait', [10, 10, 10, 10], [false, false, false, false]],
    [
      'a burst that is being served',
      [11, 900, 700, 500, 300, 100, 5],
      [false, false, false, false, false, false, false],
    ],
    ['more than can be served', [11, 500, 500, 300, 100, 10, 11], [false, false, true, true, true, false, false]],
    ['a burst that is followed by more', [11, 900, 700, 800, 100], [false, false, false, true, true]],
  ])('judges %s', (_, sizes, expected) => {
    expect(watch(sizes)).toEqual(expected);
  });

  it('does not take a moment for long', () => {
    const crowd = new Crowd(10);
    expect([0, 1, 1_499, 1_500, 1_501, 2_999].map((atMs) => crowd.stands(100, atMs))).not.toContain(true);
    expect(crowd.stands(100, 3_000)).toBe(true);
  });
});
