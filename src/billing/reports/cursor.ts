import { z } from 'zod';
import { isStorable } from '../../common/storable-text.js';

const cursorSchema = z.array(z.string().refine(isStorable));

/** Where a page ends: the values of its last group, which are also the order. */
export function toCursor(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Null for what is not a cursor of a report with this many dimensions. */
export function fromCursor(cursor: string, dimensions: number): string[] | null {
  try {
    return cursorSchema.length(dimensions).parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    return null;
  }
}
