// Writes the table of settings into README.md from the schema that the program reads them with.
import { readFileSync, writeFileSync } from 'node:fs';
import { replaceSettingsTable } from '../dist/config/settings-table.js';

const readme = readFileSync('README.md', 'utf8');
writeFileSync('README.md', replaceSettingsTable(readme));
