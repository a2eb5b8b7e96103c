// Writes the table of settings into README.md from the schema that the program reads them with, and the page of request
// fields from the code that maps them.
import { readFileSync, writeFileSync } from 'node:fs';
import { describeRequestFields } from '../dist/bedrock/families/request-fields.js';
import { replaceSettingsTable } from '../dist/config/settings-table.js';

const readme = readFileSync('README.md', 'utf8');
writeFileSync('README.md', replaceSettingsTable(readme));
writeFileSync('docs/request-fields.md', describeRequestFields());
