import type { NextFunction, Request, Response } from 'express';
import { GatewayError, invalidRequest } from '../errors/gateway-error.js';

/** Refuses what Node's server would refuse by itself, without a word. */
export function requireSoundHead({ headers, httpVersion }: Request, _response: Response, next: NextFunction): void {
  if (headers.host === undefined && httpVersion === '1.1') {
    next(invalidRequest(null, "The request has no 'Host' header.", 'invalid_http'));
  } else if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    const fields = { status: 417, type: 'invalid_request_error', code: 'expectation_failed' };
    next(new GatewayError("The expectation cannot be met. The only one known is '100-continue'.", fields));
  } else {
    next();
  }
}
