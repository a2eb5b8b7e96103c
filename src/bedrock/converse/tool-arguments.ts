import { invalidRequest } from '../../common/errors/gateway-error.js';
import { excessOf } from '../../common/http/json-shape.js';
import { exactDigitsOf, parseExactly } from '../exact-json.js';
import type { NativeFields } from './mapping.js';
import { wellFormedJson } from './well-formed.js';

function isObject(value: unknown): value is NativeFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && exactDigitsOf(value) === undefined;
}

function parse(text: string, param: string): unknown {
  const excess = excessOf(Buffer.from(text));
  if (excess !== undefined) throw invalidRequest(param, `Invalid '${param}': it holds ${excess}.`, 'invalid_value');
  try {
    return parseExactly(text);
  } catch {
    throw invalidRequest(param, `Invalid '${param}': it must be JSON text.`, 'invalid_value');
  }
}

/**
 * Arguments of an earlier call as the object that Converse wants. No arguments come back from clients as empty text,
 * blanks, `null` or `{}`; some clients encode the object twice.
 * @throws GatewayError 400 naming `param` when it is not JSON
 */
export function toToolInput(text: string | NativeFields | null | undefined, param: string): NativeFields {
  if (typeof text !== 'string') {
    return wellFormedJson(text ?? {}, param) as NativeFields;
  }
  if (text.trim() === '') {
    return {};
  }
  const value = parse(text, param);
  if (isObject(value)) {
    return wellFormedJson(value, param) as NativeFields;
  }
  if (typeof value === 'string' && value.trim().startsWith('{')) {
    return wellFormedJson(parse(value, param), param) as NativeFields;
  }
  return value === null ? {} : { value: wellFormedJson(value, param) };
}
