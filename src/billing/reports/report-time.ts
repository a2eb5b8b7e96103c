import { z } from 'zod';
import { hasPlainYear } from '../../common/plain-year.js';
import { isTimeZone } from '../../common/time-zone.js';

const SECONDS = /^\d{1,11}$/;
/** A date, and maybe a time of that day and its offset. */
const ISO = /^(\d{4}-\d{2}-\d{2})(?:(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:?\d{2})?)?$/i;
const day = z.iso.date();

/** A moment in the query string of a report. A time without an offset is in UTC, as dates are. */
export const reportTime = z
  .string()
  .transform(toMoment)
  .refine((moment) => !Number.isNaN(moment.getTime()), {
    error: 'must be a time such as 2026-11-22T10:00:00Z, a date or Unix seconds',
    abort: true,
  })
  .refine(hasPlainYear, { error: 'must be of a year from 1 to 9999, in UTC' });

/** An invalid date for what is no moment. */
function toMoment(text: string): Date {
  if (SECONDS.test(text)) return new Date(Number(text) * 1_000);
  const [, date = '', time = '', offset = 'Z'] = ISO.exec(text) ?? [];
  // A Date takes the 30th of February for a day in March.
  if (!day.safeParse(date).success) return new Date(Number.NaN);
  return new Date(time === '' ? date : `${date}${time}${offset}`);
}

/** The name of a time zone. */
export const timeZoneName = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');
