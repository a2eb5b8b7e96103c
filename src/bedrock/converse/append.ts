/**
 * Adds the items at the end of the list. Not `push(...items)`: a client decides how many there are, and a call with more
 * than about 120,000 arguments throws a RangeError.
 */
export function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) {
    list.push(item);
  }
}
