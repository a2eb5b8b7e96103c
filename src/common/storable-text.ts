import { z } from 'zod';

/** Whether PostgreSQL can hold the text, in JSON as well: it has neither NUL nor half a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** Text of somebody else that only has to be looked for. */
export const storableText = z.string().min(1).refine(isStorable, 'must not hold NUL or half a surrogate pair');
