import type { ServerResponse } from 'node:http';
import type { GatewayError } from '../errors/gateway-error.js';

const CUT = Symbol('cut');

/** Is told with which failure the answer ends. */
export type CutListener = (error: GatewayError) => void;

/** Calls back when the process must end before this answer has. */
export function onCut(response: ServerResponse, listener: CutListener): void {
  response.once(CUT, listener);
}

/** The counterpart of `onCut`. */
export function offCut(response: ServerResponse, listener: CutListener): void {
  response.off(CUT, listener);
}

/** Tells everybody who works on this answer that it ends now. */
export function cutAnswer(response: ServerResponse, error: GatewayError): void {
  response.emit(CUT, error);
}
