/**
 * Whether this is the name of a time zone. Offsets are none: `+02:00` is east of Greenwich for JavaScript and west of it for
 * PostgreSQL, which follows POSIX. Nor are abbreviations: CET has no summer in PostgreSQL, IST is another country's there, and some
 * it does not know.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name) || (/^[A-Za-z]{3}$/.test(name) && !/^(utc|gmt)$/i.test(name))) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
