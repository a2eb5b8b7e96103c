/**
 * Whether this is the name of a time zone. Offsets are none: `+02:00` is east of Greenwich for JavaScript and west of it for
 * PostgreSQL, which follows POSIX.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
