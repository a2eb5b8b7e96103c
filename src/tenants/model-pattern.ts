/** A pattern that begins so names a model group. */
export const GROUP_PREFIX = 'group:';

/** Whether a model id matches a pattern in which `*` stands for any letters, none included. */
export function matchesPattern(pattern: string, id: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === id;
  const tail = rest.pop()!;
  if (!id.startsWith(head) || !id.endsWith(tail) || id.length < head.length + tail.length) return false;
  let from = head.length;
  const end = id.length - tail.length;
  for (const part of rest) {
    const at = id.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

/**
 * Whether every id that matches `inner` also matches `outer`. A `*` of `inner` is only matched by a `*` of `outer`,
 * which makes this exact enough: it never says yes wrongly.
 */
export function coversPattern(outer: string, inner: string): boolean {
  return matchesPattern(outer, inner);
}

/** Puts the patterns of each named group in its place; a group that does not exist allows nothing. */
export function expandGroups(
  patterns: readonly string[],
  groups: Readonly<Record<string, readonly string[]>>,
): string[] {
  return patterns.flatMap((pattern) => {
    if (!pattern.startsWith(GROUP_PREFIX)) return [pattern];
    const name = pattern.slice(GROUP_PREFIX.length);
    // Names such as `toString` are members of every object.
    return Object.hasOwn(groups, name) ? (groups[name] ?? []) : [];
  });
}
