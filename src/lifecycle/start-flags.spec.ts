import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
/** A larger nursery for objects that live as long as a request. */
const NURSERY = ['--min-semi-space-size=16', '--max-semi-space-size=32'];

describe('the flags that Node is started with', () => {
  it.each([
    'package.json',
    'Dockerfile',
    'test/load/lib/processes.mjs',
    'docs/operations.md',
    'test/e2e/young-garbage.spec.ts',
  ])('are the same in %s', (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const start = file === 'package.json' ? (JSON.parse(text) as { scripts: { start: string } }).scripts.start : text;
    expect(start.match(/--m(?:in|ax)-semi-space-size=\d+/g)).toEqual(NURSERY);
  });
});
