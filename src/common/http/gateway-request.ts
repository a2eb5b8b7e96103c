import type { Request } from 'express';

/** An Express request after the first middleware: every one has an id, also those that fail. */
export interface GatewayRequest extends Request {
  /** Sent back as `x-request-id`, stored on every ledger event of this request. */
  requestId: string;
  /** `performance.now()` when the request's headers were read. */
  startedAt: number;
  /** Bytes of the body, as far as one was read. */
  bodyBytes?: number;
}
