import { GatewayError } from '../errors/gateway-error.js';

/** 503 for what the process cannot finish before it ends: another one can serve it at once. */
export function shuttingDown(): GatewayError {
  return new GatewayError('The gateway is shutting down and could not finish this request. Try again.', {
    status: 503,
    type: 'service_unavailable_error',
    code: 'shutting_down',
    headers: { 'retry-after': '1', 'x-should-retry': 'true' },
  });
}
