import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { PinoLogger } from 'nestjs-pino';
import type { MeteredRequest } from '../billing/metering/metered-request.js';
import { onClose } from '../common/http/on-close.js';
import { toldStatus } from '../common/http/told-status.js';
import { maskSecrets } from './mask-secrets.js';

/** Where probes knock every few seconds. */
const PROBES = new Set(['/healthz', '/health', '/readyz', '/metrics']);

const requestIds = new AsyncLocalStorage<string>();

/** What every line carries that is written while a request is served: a child logger for each would cost more. */
export function currentRequest(): { requestId?: string } {
  const requestId = requestIds.getStore();
  return requestId === undefined ? {} : { requestId };
}

/**
 * One line for each request when its answer has ended, or its client has left. What is logged is picked field by field,
 * and nothing is picked that could hold a key, a prompt or a completion: no headers, no query, no bodies, of the path
 * nothing that looks like a key, and no model but those that exist.
 */
@Injectable()
export class RequestLog {
  /** Express middleware. */
  readonly observe = (request: Request, response: Response, next: NextFunction): void => {
    const { requestId, startedAt, method, originalUrl } = request as MeteredRequest;
    const path = originalUrl.split('?', 1)[0] ?? '';
    if (!PROBES.has(path)) {
      onClose(response, () => {
        const status = toldStatus(response);
        const durationMs = Math.round(performance.now() - startedAt);
        const req = { method, path: maskSecrets(path) };
        const line = { requestId, req, res: { status }, durationMs, ...toCaller(request as MeteredRequest) };
        if (status >= 500) PinoLogger.root.warn(line, 'request failed');
        else PinoLogger.root.info(line, 'request completed');
      });
    }
    requestIds.run(requestId, next);
  };
}

/** Whose request it was, and what it came to where it got as far as a model. Members that are undefined are not written. */
function toCaller({ principal, meter }: MeteredRequest): object {
  if (principal === undefined) return {};
  const { tenantId, keyId } = principal;
  return meter === undefined || meter.models.size === 0 ? { tenantId, keyId } : { tenantId, keyId, ...meter.summary };
}
