import { MemoryLimitStore } from '../../src/billing/limits/memory-limit-store.js';
import { RequestLimits } from '../../src/billing/limits/request-limits.js';

/** The limits of a request to which none applies. */
export function noLimits(): RequestLimits {
  return new RequestLimits(new MemoryLimitStore(), () => [], 'req_1', {
    states: () => undefined,
    refused: () => undefined,
  });
}
