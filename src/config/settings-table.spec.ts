import { readFileSync } from 'node:fs';
import { replaceSettingsTable } from './settings-table.js';

describe(replaceSettingsTable.name, () => {
  it('would not change the README: run `npm run docs` when it does', () => {
    const readme = readFileSync('README.md', 'utf8');
    expect(replaceSettingsTable(readme)).toBe(readme);
  });
});
