import { z } from 'zod';
import { isTimeZone } from '../../common/time-zone.js';

/** A moment in the query string of a report. */
export const reportTime = z
  .string()
  .refine((text) => /^\d{1,11}$/.test(text) || /^\d{4}-\d{2}-\d{2}(T.*)?$/.test(text), {
    error: 'must be a time such as 2026-11-22T10:00:00Z, a date or Unix seconds',
  })
  .transform((text) => new Date(/^\d{1,11}$/.test(text) ? Number(text) * 1000 : text))
  .refine((date) => !Number.isNaN(date.getTime()), { error: 'is not a time that exists' });

/** The name of a time zone. */
export const timeZoneName = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin');
