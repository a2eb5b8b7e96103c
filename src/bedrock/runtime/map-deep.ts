type Members = Record<string, unknown>;

/**
 * The value with what `replace` answers in place of its parts, and the value itself where that is nothing: a long
 * conversation is not copied. `replace` is asked about objects and big integers, and answers undefined for those that stay.
 */
export function mapDeep(value: unknown, replace: (part: object | bigint) => unknown): unknown {
  if (typeof value === 'bigint') return replace(value) ?? value;
  if (typeof value !== 'object' || value === null) return value;
  const replaced = replace(value);
  if (replaced !== undefined) return replaced;
  return Array.isArray(value) ? mapItems(value, replace) : mapMembers(value as Members, replace);
}

function mapItems(items: readonly unknown[], replace: (part: object | bigint) => unknown): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < items.length; index += 1) {
    const mapped = mapDeep(items[index], replace);
    if (mapped !== items[index]) {
      copy ??= [...items];
      copy[index] = mapped;
    }
  }
  return copy ?? items;
}

function mapMembers(members: Members, replace: (part: object | bigint) => unknown): Members {
  let copy: Members | undefined;
  for (const name of Object.keys(members)) {
    const mapped = mapDeep(members[name], replace);
    if (mapped !== members[name]) {
      copy ??= { ...members };
      copy[name] = mapped;
    }
  }
  return copy ?? members;
}
