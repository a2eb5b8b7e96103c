import type { AuthenticatedRequest } from '../../auth/principal.js';
import type { UsageMeter } from './usage-meter.js';

/** A request that has passed the usage interceptor. */
export interface MeteredRequest extends AuthenticatedRequest {
  meter?: UsageMeter;
}

/** The meter of a request. Throws when the route lacks the usage interceptor: an unmetered call must not happen. */
export function meterOf(request: MeteredRequest): UsageMeter {
  if (!request.meter) {
    throw new Error('This route calls Bedrock without the usage interceptor.');
  }
  return request.meter;
}
