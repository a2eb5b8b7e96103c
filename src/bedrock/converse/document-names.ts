import { UnusedNames } from './unused-names.js';

const NAME_LENGTH_MAX = 200;
const FALLBACK = 'document';

/**
 * Names of one request's documents. Converse allows letters, digits, single spaces, hyphens, parentheses and brackets,
 * and refuses a name twice.
 */
export class DocumentNames {
  private readonly names = new UnusedNames();

  toName(filename: string | null | undefined): string {
    const stem = toStem(filename ?? '');
    return this.names.take(stem, (count) => {
      const suffix = ` (${count})`;
      return `${stem.slice(0, NAME_LENGTH_MAX - suffix.length)}${suffix}`;
    });
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
