import { validationError } from '../errors/bedrock-error.js';

const DEFAULT_PAGE = 100;

/** One page of a list, under the list's own name, with a token for the next. */
export function page(name: string, items: readonly unknown[], query: URLSearchParams): Record<string, unknown> {
  const size = Number(query.get('maxResults') ?? DEFAULT_PAGE);
  if (!Number.isInteger(size) || size < 1 || size > 1000) {
    throw validationError(
      `1 validation error detected: Value '${query.get('maxResults')}' at 'maxResults' failed to satisfy constraint: Member must have value between 1 and 1000`,
    );
  }
  const from = readToken(query.get('nextToken'));
  const next = from + size;
  return { [name]: items.slice(from, next), ...(next < items.length ? { nextToken: writeToken(next) } : {}) };
}

function writeToken(offset: number): string {
  return Buffer.from(`sandbox:${offset}`).toString('base64url');
}

function readToken(token: string | null): number {
  if (token === null) return 0;
  const [, offset] = /^sandbox:(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (offset === undefined) throw validationError('The provided nextToken is invalid.');
  return Number(offset);
}
