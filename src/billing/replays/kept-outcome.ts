import { GatewayError, type GatewayErrorFields } from '../../common/errors/gateway-error.js';

/** How a request ended, as it is kept for its repetition. JSON texts, so that a replay has the same bytes. */
export type KeptOutcome =
  | { kind: 'value'; json: string }
  | { kind: 'stream'; json: readonly string[] }
  | { kind: 'error'; message: string; fields: Omit<GatewayErrorFields, 'cause'> }
  /** It ended well and was billed, but was larger than what is kept. */
  | { kind: 'too_large' };

/** Client errors that the same request meets again, whenever it comes. */
const LASTING_STATUSES = [400, 413, 415, 422];

/** Null for a failure that a repetition may not meet: the request is free to be tried again. */
export function toKeptError({ message, ...error }: GatewayError): KeptOutcome | null {
  const { status, type, code, param, headers } = error;
  return LASTING_STATUSES.includes(status)
    ? { kind: 'error', message, fields: { status, type, code, param, headers } }
    : null;
}

/** The result that the first request's handler had. Throws the error that it met. */
export function replay(outcome: KeptOutcome): unknown {
  if (outcome.kind === 'value') return JSON.parse(outcome.json) as unknown;
  if (outcome.kind === 'stream') return valuesOf(outcome.json);
  if (outcome.kind === 'error') throw new GatewayError(outcome.message, outcome.fields);
  throw new GatewayError('The answer to this Idempotency-Key was sent, and was too large to be kept.', {
    status: 409,
    type: 'invalid_request_error',
    code: 'idempotent_answer_not_kept',
    param: 'idempotency-key',
    headers: { 'x-should-retry': 'false' },
  });
}

async function* valuesOf(json: readonly string[]): AsyncGenerator {
  for (const value of json) {
    yield JSON.parse(value);
  }
}
