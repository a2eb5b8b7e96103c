import type { ServerResponse } from 'node:http';
import type { GatewayError } from '../errors/gateway-error.js';

const CUT = Symbol('cut');

/** Is told with which failure the answer ends. */
export type CutListener = (error: GatewayError) => void;

/** How answers were ended. Work on one may begin only then, such as when its body arrives late. */
const ended = new WeakMap<ServerResponse, GatewayError>();

/** Calls back when the process must end before this answer has; at once where that has been. */
export function onCut(response: ServerResponse, listener: CutListener): void {
  const error = ended.get(response);
  if (error === undefined) response.once(CUT, listener);
  else listener(error);
}

/** The counterpart of `onCut`. */
export function offCut(response: ServerResponse, listener: CutListener): void {
  response.off(CUT, listener);
}

/** Tells everybody who works on this answer that it ends now. */
export function cutAnswer(response: ServerResponse, error: GatewayError): void {
  ended.set(response, error);
  response.emit(CUT, error);
}
