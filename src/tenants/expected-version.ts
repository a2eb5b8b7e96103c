import { GatewayError } from '../common/errors/gateway-error.js';

/** Throws a 412 when somebody else has changed the thing since the caller read it. `expected` null asks for nothing. */
export function requireVersion(version: number, expected: number | null): void {
  if (expected === null || expected === version) return;
  throw new GatewayError('It was changed since you read it. Read it again and repeat your change.', {
    status: 412,
    type: 'invalid_request_error',
    code: 'precondition_failed',
    param: 'if-match',
  });
}
