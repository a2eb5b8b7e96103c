import type { Response } from 'express';
import type { MeteredRequest } from './metering/metered-request.js';

/** Calls what an interceptor stands around; as it may throw at once, it is called where what it throws is handled. */
export type Handle = () => Promise<unknown>;

/**
 * Does what an interceptor of Nest's does, inside of one: Nest wraps each of its own into observables, promises and an async
 * scope, which would cost a request more than what most of them do.
 */
export interface InnerInterceptor {
  intercept(request: MeteredRequest, response: Response, handle: Handle): Promise<unknown>;
}
