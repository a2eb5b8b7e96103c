import type { Request } from 'express';
import type { Hold } from '../overload/held-bytes.js';

/** An Express request after the first middleware: every one has an id, also those that fail. */
export interface GatewayRequest extends Request {
  /** Sent back as `x-request-id`, stored on every ledger event of this request. */
  requestId: string;
  /** `performance.now()` when the request's headers were read. */
  startedAt: number;
  /** The client sends the body when it is told to go on. */
  awaitsContinue?: boolean;
  /** What is held in memory for it. */
  held: Hold;
  /** Bytes of the body, as far as one was read. */
  bodyBytes?: number;
}
