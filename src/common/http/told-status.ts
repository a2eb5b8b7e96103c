import type { ServerResponse } from 'node:http';
import { CLIENT_LEFT_STATUS } from '../errors/gateway-error.js';

/** The status that an ended answer had for its client, for logs, metrics and traces: 499 where it left before there was one. */
export function toldStatus({ headersSent, statusCode }: ServerResponse): number {
  return headersSent ? statusCode : CLIENT_LEFT_STATUS;
}
