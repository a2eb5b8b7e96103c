import type { Response } from 'express';

/** Tells the client which fields of its request were changed or left out. */
export const ADAPTED_HEADER = 'x-gateway-adapted';

/** Takes names of adapted fields, also several times, until the answer begins. Positions in lists are left out. */
export function adaptedFieldsHeader(response: Response): (fields: readonly string[]) => void {
  const seen = new Set<string>();
  return (fields) => {
    for (const field of fields) {
      seen.add(field.replaceAll(/\[\d+\]/g, ''));
    }
    if (!response.headersSent) {
      response.setHeader(ADAPTED_HEADER, [...seen].join(', '));
    }
  };
}
