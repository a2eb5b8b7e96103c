import type { IncomingHttpHeaders } from 'node:http';

/** No secret is longer; OIDC tokens with many claims are the longest that come. */
const MAX_LENGTH = 16_384;

/**
 * The credential of a request, from `Authorization: Bearer` (any case), `x-api-key` (Anthropic's clients) or
 * `api-key` (Azure's). Null when there is none; an `Authorization` of another scheme counts as none.
 */
export function presentedSecret(headers: IncomingHttpHeaders): string | null {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  // An empty header is none: some clients send all of them.
  const secret = bearer || first(headers['x-api-key']) || first(headers['api-key']);
  return secret && secret.length <= MAX_LENGTH ? secret : null;
}

function first(value: string | string[] | undefined): string | undefined {
  return (Array.isArray(value) ? value[0] : value)?.trim();
}
