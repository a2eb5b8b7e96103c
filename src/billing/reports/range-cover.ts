/** A range of time whose end is not part of it. */
export interface Range {
  from: Date;
  to: Date;
}

/** Rollups, from coarse to fine; each holds whole units in UTC. A month has three times ten days, the last with what is left. */
export const LEVELS = ['year', 'month', 'ten_days', 'day', 'six_hours', 'hour'] as const;
export type Level = (typeof LEVELS)[number];

/** Which ranges are read from which rollup, and which from the events themselves. */
export type Cover = Record<Level | 'event', Range[]>;

const HOUR_MS = 3_600_000;
const LENGTH_MS = { hour: HOUR_MS, six_hours: 6 * HOUR_MS, day: 24 * HOUR_MS };

/**
 * Covers each range with as few rows as can be: whole units of each level, from the coarsest on, and events for the rest.
 * `levels` are those that may be used, from coarse to fine. Ranges must be in order.
 */
export function coverRanges(ranges: readonly Range[], levels: readonly Level[]): Cover {
  const cover: Cover = { year: [], month: [], ten_days: [], day: [], six_hours: [], hour: [], event: [] };
  for (const range of ranges) addTo(cover, range, levels);
  return cover;
}

/** What a cover reads from rollups, whatever their level: ranges of whole hours, in order and as few as can be. */
export function rollupRanges(cover: Cover): Range[] {
  const merged: Range[] = [];
  const ranges = LEVELS.flatMap((level) => cover[level]);
  for (const range of ranges.sort((a, b) => a.from.getTime() - b.from.getTime())) join(merged, range);
  return merged;
}

/** Where the units of these ranges begin, in order. */
export function startsOf(ranges: readonly Range[], level: Level): Date[] {
  const starts: Date[] = [];
  for (const { from, to } of ranges) {
    for (let at = from; at < to; at = ceil(new Date(at.getTime() + 1), level)) starts.push(at);
  }
  return starts;
}

/** Whether these are one unit of the level. */
export function isOneUnit(ranges: readonly Range[], level: Level): boolean {
  return ranges.length === 1 && ranges.every(({ from, to }) => ceil(new Date(from.getTime() + 1), level) >= to);
}

function addTo(cover: Cover, range: Range, [level, ...finer]: readonly Level[]): void {
  if (range.from >= range.to) return;
  if (level === undefined) {
    join(cover.event, range);
    return;
  }
  const from = ceil(range.from, level);
  const to = floor(range.to, level);
  if (from >= to) {
    addTo(cover, range, finer);
    return;
  }
  addTo(cover, { from: range.from, to: from }, finer);
  join(cover[level], { from, to });
  addTo(cover, { from: to, to: range.to }, finer);
}

function join(ranges: Range[], range: Range): void {
  const last = ranges.at(-1);
  if (last?.to.getTime() === range.from.getTime()) last.to = range.to;
  else ranges.push({ ...range });
}

/** The start of the unit that a moment lies in. */
function floor(at: Date, level: Level): Date {
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  if (level === 'year') return new Date(Date.UTC(year, 0));
  if (level === 'month') return new Date(Date.UTC(year, month));
  if (level === 'ten_days') return new Date(Date.UTC(year, month, 10 * tenDaysOf(at) + 1));
  return new Date(Math.floor(at.getTime() / LENGTH_MS[level]) * LENGTH_MS[level]);
}

/** The next start of a unit, or the moment itself. */
function ceil(at: Date, level: Level): Date {
  const start = floor(at, level);
  if (start.getTime() === at.getTime()) return start;
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  if (level === 'year') return new Date(Date.UTC(year + 1, 0));
  if (level === 'month') return new Date(Date.UTC(year, month + 1));
  if (level === 'ten_days') {
    return tenDaysOf(at) < 2 ? new Date(Date.UTC(year, month, 10 * tenDaysOf(at) + 11)) : ceil(at, 'month');
  }
  return new Date(start.getTime() + LENGTH_MS[level]);
}

/** Which of the three of a month: 0, 1 or 2. */
function tenDaysOf(at: Date): number {
  return Math.min(Math.floor((at.getUTCDate() - 1) / 10), 2);
}
