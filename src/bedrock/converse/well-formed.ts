import { invalidRequest } from '../../common/errors/gateway-error.js';
import { exactDigitsOf } from '../exact-json.js';

/** Deeper than any real schema or argument, and far from the limit of the call stack. */
const DEPTH_MAX = 100;

/** A lone surrogate makes Bedrock refuse the whole request, so it becomes U+FFFD. */
export function wellFormed(text: string): string {
  return text.toWellFormed();
}

/**
 * A copy of a JSON value with well-formed text and keys that Converse takes: it refuses an empty key.
 * @throws GatewayError 400 for `param` when it is nested too deeply
 */
export function wellFormedJson(value: unknown, param: string, depth = 0): unknown {
  if (typeof value === 'string') {
    return wellFormed(value);
  }
  if (typeof value !== 'object' || value === null || exactDigitsOf(value) !== undefined) {
    return value;
  }
  if (depth > DEPTH_MAX) {
    throw invalidRequest(param, `Invalid value for '${param}': it is nested more than ${DEPTH_MAX} levels deep.`);
  }
  if (Array.isArray(value)) {
    return value.map((item) => wellFormedJson(item, param, depth + 1));
  }
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (key !== '__proto__') copy[key === '' ? '_' : wellFormed(key)] = wellFormedJson(item, param, depth + 1);
  }
  return copy;
}
