import type { ServerResponse } from 'node:http';
import type { AppConfig } from '../../config/app-config.js';
import { ADAPTED_HEADER } from './adapted-fields.js';

type Origins = Pick<AppConfig, 'corsOrigins'>;

const ANY = '*';
const MAX_AGE_SECONDS = 600;

/** What clients in a browser read of an answer; any request header is allowed to them. */
const EXPOSED_HEADERS = [
  'x-request-id',
  'x-client-request-id',
  'x-aws-request-id',
  'openai-processing-ms',
  'openai-version',
  'retry-after',
  'retry-after-ms',
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
  'x-should-retry',
  'x-idempotent-replay',
  'x-gateway-model',
  'x-gateway-region',
  'x-gateway-account',
  'x-gateway-attempts',
  'x-gateway-budget-id',
  'x-gateway-budget-limit-usd',
  'x-gateway-budget-remaining-usd',
  'x-gateway-budget-reset',
  ADAPTED_HEADER,
  'x-gateway-warning',
  'deprecation',
  'sunset',
];
const EXPOSED = EXPOSED_HEADERS.join(',');

/** For Express; null where no browser may call. */
export function toCorsOptions({ corsOrigins }: Origins) {
  if (corsOrigins.length === 0) return null;
  return {
    origin: corsOrigins.includes(ANY) ? ANY : corsOrigins,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: MAX_AGE_SECONDS,
  };
}

/** The same on an answer that does not pass Express. Without it a browser shows its page no answer at all. */
export function setCorsHeaders({ corsOrigins }: Origins, origin: string | undefined, response: ServerResponse): void {
  if (corsOrigins.length === 0) return;
  response.setHeader('access-control-expose-headers', EXPOSED);
  if (corsOrigins.includes(ANY)) {
    response.setHeader('access-control-allow-origin', ANY);
    return;
  }
  response.setHeader('vary', 'Origin');
  if (origin !== undefined && corsOrigins.includes(origin)) response.setHeader('access-control-allow-origin', origin);
}
