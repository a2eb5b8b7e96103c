/** The members that have a value. A loop, since this runs several times a request. */
export function present<T extends object>(members: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const result: Partial<Record<string, unknown>> = {};
  for (const [name, value] of Object.entries(members)) {
    if (value != null) result[name] = value;
  }
  return result as { [Name in keyof T]?: NonNullable<T[Name]> };
}
