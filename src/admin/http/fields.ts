import { z } from 'zod';
import { hasPlainYear } from '../../common/plain-year.js';
import { isStorable } from '../../common/storable-text.js';

/** In JSON Schema nobody says whether a pattern is of the Unicode kind, so it names the characters that `\p{Cc}` is. */
export const NO_CONTROLS = String.raw`[^\u0000-\u001f\u007f-\u009f]`;

/** Text that people read. Control characters are refused: PostgreSQL cannot store NUL, and logs are read by line. */
export const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(new RegExp(`^${NO_CONTROLS}*$`), 'must not hold control characters')
    .refine(isStorable, 'must not hold half a surrogate pair');

export const tags = z
  .record(z.string().regex(/^[\w.:/=+@-]{1,64}$/), text(256))
  .refine((record) => Object.keys(record).length <= 50, 'must not have more than 50 tags')
  .describe('Labels of your own, for filters and reports.');

const OTHER_YEAR = 'must be of a year from 1 to 9999, in UTC';

/** A moment that is still to come. */
export const futureTime = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2027-01-31T00:00:00Z' })
  .transform((value) => new Date(value))
  .refine(hasPlainYear, OTHER_YEAR)
  .refine((date) => date.getTime() > Date.now(), 'must be in the future');

export const time = z.iso.datetime();

/** A moment in a query string. */
export const queryTime = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'must be a time such as 2026-11-22T10:00:00Z or a date',
  })
  .transform((value) => new Date(value))
  .refine(hasPlainYear, OTHER_YEAR);

export const pageLimit = z.coerce.number().int().min(1).max(100).prefault(20).describe('Most items of a page.');

/** The fields of every list's query string. */
export const page = {
  after: text(64).optional().describe('Id of the last item of the page before.'),
  limit: pageLimit,
  order: z.enum(['asc', 'desc']).prefault('asc'),
};

/** The query string of a list that has one order. */
export const pageQuerySchema = z.object({ after: page.after, limit: page.limit });
export type PageQuery = z.infer<typeof pageQuerySchema>;

/** A page of a list, as OpenAI's administration API has it. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({
    object: z.literal('list'),
    data: z.array(item),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  });

export interface ListBody<T> {
  object: 'list';
  data: T[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

export function toListBody<T extends { id: string }>(data: T[], hasMore: boolean): ListBody<T> {
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: hasMore };
}
