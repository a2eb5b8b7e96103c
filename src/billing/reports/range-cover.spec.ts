import * as fc from 'fast-check';
import { type Cover, coverRanges, isOneUnit, type Level, LEVELS, type Range, rollupRanges } from './range-cover.js';

const range = (from: string, to: string): Range => ({ from: new Date(from), to: new Date(to) });
const NONE: Cover = { year: [], month: [], ten_days: [], day: [], six_hours: [], hour: [], event: [] };
const DAYS: Level[] = ['day', 'hour'];
const MONTHS: Level[] = ['month', ...DAYS];

describe(coverRanges.name, () => {
  it.each<[string, Range[], Level[], Partial<Cover>]>([
    [
      'months inside, days, hours and events at the ends',
      [range('2026-01-30T22:30:00Z', '2026-04-02T01:15:00Z')],
      MONTHS,
      {
        event: [
          range('2026-01-30T22:30:00Z', '2026-01-30T23:00:00Z'),
          range('2026-04-02T01:00:00Z', '2026-04-02T01:15:00Z'),
        ],
        hour: [
          range('2026-01-30T23:00:00Z', '2026-01-31T00:00:00Z'),
          range('2026-04-02T00:00:00Z', '2026-04-02T01:00:00Z'),
        ],
        day: [
          range('2026-01-31T00:00:00Z', '2026-02-01T00:00:00Z'),
          range('2026-04-01T00:00:00Z', '2026-04-02T00:00:00Z'),
        ],
        month: [range('2026-02-01T00:00:00Z', '2026-04-01T00:00:00Z')],
      },
    ],
    [
      'ten days, of which the last of a month are more or fewer',
      [range('2026-02-05T00:00:00Z', '2026-03-21T00:00:00Z')],
      ['ten_days', 'day'],
      {
        day: [range('2026-02-05T00:00:00Z', '2026-02-11T00:00:00Z')],
        ten_days: [range('2026-02-11T00:00:00Z', '2026-03-21T00:00:00Z')],
      },
    ],
    [
      'the rest of a month that is not ten days yet',
      [range('2026-01-21T00:00:00Z', '2026-01-31T00:00:00Z')],
      ['ten_days', 'day'],
      { day: [range('2026-01-21T00:00:00Z', '2026-01-31T00:00:00Z')] },
    ],
    [
      'years inside',
      [range('2024-11-30T00:00:00Z', '2027-02-01T00:00:00Z')],
      ['year', ...MONTHS],
      {
        day: [range('2024-11-30T00:00:00Z', '2024-12-01T00:00:00Z')],
        month: [
          range('2024-12-01T00:00:00Z', '2025-01-01T00:00:00Z'),
          range('2027-01-01T00:00:00Z', '2027-02-01T00:00:00Z'),
        ],
        year: [range('2025-01-01T00:00:00Z', '2027-01-01T00:00:00Z')],
      },
    ],
    [
      'days where months are too coarse',
      [range('2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z')],
      DAYS,
      { day: [range('2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z')] },
    ],
    [
      'neighbours together',
      [range('2026-01-01T23:00:00Z', '2026-01-02T23:00:00Z'), range('2026-01-02T23:00:00Z', '2026-01-03T23:00:00Z')],
      MONTHS,
      { hour: [range('2026-01-01T23:00:00Z', '2026-01-03T23:00:00Z')] },
    ],
    [
      'events alone',
      [range('2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z')],
      [],
      { event: [range('2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z')] },
    ],
    [
      'six hours between hours and days',
      [range('2026-01-01T05:00:00Z', '2026-01-02T13:00:00Z')],
      ['day', 'six_hours', 'hour'],
      {
        hour: [
          range('2026-01-01T05:00:00Z', '2026-01-01T06:00:00Z'),
          range('2026-01-02T12:00:00Z', '2026-01-02T13:00:00Z'),
        ],
        six_hours: [range('2026-01-01T06:00:00Z', '2026-01-02T12:00:00Z')],
      },
    ],
    [
      'the part of an hour',
      [range('2026-01-01T00:10:00Z', '2026-01-01T00:50:00Z')],
      MONTHS,
      { event: [range('2026-01-01T00:10:00Z', '2026-01-01T00:50:00Z')] },
    ],
  ])('takes %s', (_, ranges, levels, expected) => {
    expect(coverRanges(ranges, levels)).toEqual({ ...NONE, ...expected });
  });

  it('covers every moment of a range exactly once', () => {
    const minute = fc.integer({ min: 0, max: 2 * 365 * 24 * 60 }).map((n) => Date.UTC(2026, 0) + n * 60_000);
    const levels = fc.subarray<Level>([...LEVELS]);
    fc.assert(
      fc.property(minute, minute, levels, (one, other, some) => {
        const whole = { from: new Date(Math.min(one, other)), to: new Date(Math.max(one, other)) };
        const pieces = Object.values(coverRanges([whole], some))
          .flat()
          .toSorted((a, b) => a.from.getTime() - b.from.getTime());
        let at = whole.from.getTime();
        for (const piece of pieces) {
          expect(piece.from.getTime()).toBe(at);
          at = piece.to.getTime();
        }
        expect(at).toBe(whole.to.getTime());
      }),
    );
  });
});

describe(rollupRanges.name, () => {
  it('joins what the rollups of all levels cover, and leaves the events out', () => {
    const cover = coverRanges([range('2026-01-30T22:30:00Z', '2026-04-02T01:15:00Z')], MONTHS);
    expect(rollupRanges(cover)).toEqual([range('2026-01-30T23:00:00Z', '2026-04-02T01:00:00Z')]);
  });
});

describe(isOneUnit.name, () => {
  it.each<[Level, Range[], boolean]>([
    ['year', [range('2025-01-01', '2026-01-01')], true],
    ['year', [range('2025-01-01', '2027-01-01')], false],
    ['month', [range('2026-02-01', '2026-03-01')], true],
    ['day', [range('2026-02-01', '2026-02-03')], false],
    ['hour', [range('2026-02-01T05:00Z', '2026-02-01T06:00Z')], true],
    ['hour', [range('2026-02-01T05:00Z', '2026-02-01T06:00Z'), range('2026-02-01T07:00Z', '2026-02-01T08:00Z')], false],
  ])('says of a %s %j %s', (level, ranges, expected) => {
    expect(isOneUnit(ranges, level)).toBe(expected);
  });
});
