import { Crowd } from './crowd.js';

const WARM_MS = 30_000;

/** As one that has looked on for a while. */
function warmCrowd(): Crowd {
  const crowd = new Crowd(10);
  crowd.stands(0, 0);
  return crowd;
}

/** Whether it stands after each of these sizes, a second and a half apart. */
function watch(sizes: readonly number[]): boolean[] {
  const crowd = warmCrowd();
  return sizes.map((size, index) => crowd.stands(size, WARM_MS + index * 1_500));
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
    ['one that hardly shrinks', [11, 500, 450, 405], [false, false, true, true]],
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
    const crowd = warmCrowd();
    expect([0, 1, 1_499, 1_500, 1_501, 2_999].map((atMs) => crowd.stands(100, WARM_MS + atMs))).not.toContain(true);
    expect(crowd.stands(100, WARM_MS + 3_000)).toBe(true);
  });

  it('takes none for a burst that comes soon after it was too much', () => {
    const crowd = warmCrowd();
    for (const atMs of [0, 1_500, 3_000]) crowd.stands(100, WARM_MS + atMs);
    expect(crowd.stands(5, WARM_MS + 3_500)).toBe(false);
    expect(crowd.stands(50, WARM_MS + 4_000)).toBe(true);
  });

  it('is more patient with a process that has just begun', () => {
    const crowd = new Crowd(10);
    expect([0, 3_000, 5_000, 9_999].map((atMs) => crowd.stands(100, atMs))).not.toContain(true);
    expect(crowd.stands(100, 10_000)).toBe(true);
  });
});
