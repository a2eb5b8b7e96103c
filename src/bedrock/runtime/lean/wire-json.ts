type Members = Record<string, unknown>;

/** JSON as the SDK writes it: bytes are base64 text. */
export function toWireJson(input: object): string {
  return JSON.stringify(withBase64(input));
}

/** The value itself where there are no bytes in it: a long conversation is not copied. */
function withBase64(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return toBase64(value);
  if (Array.isArray(value)) return mapItems(value);
  return mapMembers(value as Members);
}

function mapItems(items: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const mapped = withBase64(items[index]);
    if (mapped !== items[index]) {
      copy ??= [...items];
      copy[index] = mapped;
    }
  }
  return copy ?? items;
}

function mapMembers(members: Members): Members {
  let copy: Members | undefined;
  for (const name of Object.keys(members)) {
    const mapped = withBase64(members[name]);
    if (mapped !== members[name]) {
      copy ??= { ...members };
      copy[name] = mapped;
    }
  }
  return copy ?? members;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** A number with so many digits may be more than a double can hold. */
const LONG_NUMBER = /[\d.]{16}/;

/** Reads JSON. A number that JavaScript would round keeps its digits, to be written again as it was. */
export function fromWireJson(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  return typeof value !== 'number' || source === undefined || String(value) === source ? value : rawJson(source);
}

/** Not in the type library of the language version that is compiled to. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON(this: void, text: string): object };
