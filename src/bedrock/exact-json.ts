/** A number with so many digits may be more than a double can hold. */
const LONG_NUMBER = /[\d.]{16}/;

/** Not in the type library of the language version that is compiled to. */
const { rawJSON, isRawJSON } = JSON as unknown as {
  rawJSON(this: void, text: string): { rawJSON: string };
  isRawJSON(this: void, value: unknown): value is { rawJSON: string };
};

/**
 * Reads JSON. A number that JavaScript would round becomes an object that `JSON.stringify` writes with its digits.
 * @throws SyntaxError for text that is no JSON
 */
export function parseExactly(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

/** A number of any length, as `parseExactly` has it. */
export function exactNumber(digits: string): object {
  return rawJSON(digits);
}

/** The digits of such a number; undefined for every other value. */
export function exactDigitsOf(value: unknown): string | undefined {
  return isRawJSON(value) ? value.rawJSON : undefined;
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value !== 'number' || source === undefined || String(value) === source ? value : rawJSON(source);
}
