/** The names of three letters that are of the same zone for JavaScript and PostgreSQL. */
const SHORT_NAMES = new Set(['UTC', 'GMT', 'UCT', 'EST', 'MST', 'HST', 'EAT', 'JST', 'PRC', 'ROC', 'ROK']);

/**
 * Whether this is the name of a time zone. Offsets are none: `+02:00` is east of Greenwich for JavaScript and west of it for
 * PostgreSQL, which follows POSIX. Nor are most abbreviations: CET has no summer in PostgreSQL, IST is another country's there,
 * and some it does not know.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name) || (name.length === 3 && !SHORT_NAMES.has(name.toUpperCase()))) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
