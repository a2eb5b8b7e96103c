import { z } from 'zod';
import { hasPlainYear } from '../../common/plain-year.js';
import { isTimeZone } from '../../common/time-zone.js';

const SECONDS = /^\d{1,11}$/;
const isoTime = z.iso.datetime({ offset: true });
const localTime = z.iso.datetime({ local: true });
const isTime = z.union([isoTime, localTime, z.iso.date()]);

/** A moment in the query string of a report. A time without an offset is in UTC, as dates are. */
export const reportTime = z
  .string()
  .refine((text) => SECONDS.test(text) || isTime.safeParse(text).success, {
    error: 'must be a time such as 2026-11-22T10:00:00Z, a date or Unix seconds',
  })
  .transform(toMoment)
  .refine(hasPlainYear, { error: 'must be of a year from 1 to 9999, in UTC' });

function toMoment(text: string): Date {
  if (SECONDS.test(text)) return new Date(Number(text) * 1_000);
  const isLocal = text.includes('T') && !isoTime.safeParse(text).success;
  return new Date(isLocal ? `${text}Z` : text);
}

/** The name of a time zone. */
export const timeZoneName = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');
