import { environmentSchema } from './settings.js';

const BEGIN = '<!-- settings: written by `npm run docs` -->';
const END = '<!-- /settings -->';

/** The README with its table of settings made anew. */
export function replaceSettingsTable(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`The README has no ${BEGIN} … ${END}.`);
  return `${readme.slice(0, begin)}${BEGIN}\n\n${settingsTable()}\n\n${readme.slice(end)}`;
}

function settingsTable(): string {
  const rows = Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const byDefault = schema.def.type === 'prefault' ? schema.def.defaultValue : '';
    const { type } = schema.def.innerType.meta() as { type: string };
    return [`\`${name}\``, type, byDefault === '' ? '' : `\`${byDefault}\``, schema.description ?? ''];
  });
  const table = [['Variable', 'Type', 'Default', 'What it does'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
