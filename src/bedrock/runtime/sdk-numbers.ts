import { exactDigitsOf, exactNumber } from '../exact-json.js';
import { mapDeep } from './map-deep.js';

/** What the SDK has for a number with a fraction that JavaScript would round. It knows its own by these members. */
interface BigDecimal {
  type: 'bigDecimal';
  string: string;
}

/** The SDK's answer with its long numbers as the lean transport has them, which JSON can be made of. */
export function fromSdkNumbers<T>(output: T): T {
  return mapDeep(output, fromSdk) as T;
}

/** The request with long numbers as the SDK writes them. */
export function toSdkNumbers<T extends object>(input: T): T {
  return mapDeep(input, toSdk) as T;
}

function fromSdk(part: object | bigint): object | undefined {
  if (typeof part === 'bigint') return exactNumber(part.toString());
  if (part instanceof Uint8Array) return part;
  const { type, string } = part as Partial<BigDecimal>;
  // A document of the model may have members of these names, too, but is no instance of a class.
  const isBigDecimal =
    type === 'bigDecimal' && string !== undefined && Object.getPrototypeOf(part) !== Object.prototype;
  return isBigDecimal ? exactNumber(string) : undefined;
}

function toSdk(part: object | bigint): object | undefined {
  if (part instanceof Uint8Array) return part;
  const string = exactDigitsOf(part);
  return string === undefined ? undefined : ({ type: 'bigDecimal', string } satisfies BigDecimal);
}
