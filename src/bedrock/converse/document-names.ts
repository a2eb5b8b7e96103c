const NAME_LENGTH_MAX = 200;
const FALLBACK = 'document';

/**
 * Names of one request's documents. Converse allows letters, digits, single spaces, hyphens, parentheses and brackets,
 * and refuses a name twice.
 */
export class DocumentNames {
  private readonly used = new Set<string>();

  toName(filename: string | null | undefined): string {
    const stem = toStem(filename ?? '');
    let name = stem;
    for (let count = 2; this.used.has(name); count += 1) {
      const suffix = ` (${count})`;
      name = `${stem.slice(0, NAME_LENGTH_MAX - suffix.length)}${suffix}`;
    }
    this.used.add(name);
    return name;
  }
}

function toStem(filename: string): string {
  const base = filename.slice(filename.lastIndexOf('/') + 1).replace(/\.[A-Za-z0-9]{1,8}$/, '');
  const allowed = base
    .replace(/[^A-Za-z0-9\s\-()[\]]+/g, '-')
    .replace(/\s+/g, ' ')
    .slice(0, NAME_LENGTH_MAX)
    .trim();
  return /[A-Za-z0-9]/.test(allowed) ? allowed : FALLBACK;
}
