import { parseArgs } from 'node:util';
import type { AdminApi, Json } from './admin-api.js';
import { COMMANDS, type Command } from './commands.js';

/** Lists are printed as lines of these members, where an item has them; `--json` prints everything. */
const COLUMNS = ['id', 'name', 'status', 'prefix', 'last_four', 'expires_at', 'last_used_at'];

/** Runs one command and answers what to print. Throws an `Error` whose message is for the operator. */
export async function runCli(words: readonly string[], connect: () => AdminApi): Promise<string> {
  const { positionals, values } = parse(words);
  const name = positionals.slice(0, 2).join(' ');
  const command = COMMANDS[name];
  if (!command || values['help'] === true) return usage();
  const { json, help: _, ...given } = values;
  const options = given as Record<string, string>;
  const parameters = positionals.slice(2);
  requireFit(name, command, parameters, options);
  const answer = await command.run(connect(), parameters, options);
  return json === true ? `${JSON.stringify(answer, null, 2)}\n` : toText(answer);
}

function parse(words: readonly string[]) {
  const names = new Set(Object.values(COMMANDS).flatMap(({ options = {} }) => Object.keys(options)));
  return parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries([...names].map((name) => [name, { type: 'string' as const }])),
    },
  });
}

function requireFit(
  name: string,
  command: Command,
  parameters: readonly string[],
  options: Readonly<Record<string, string>>,
): void {
  const known = Object.keys(command.options ?? {});
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown !== undefined) throw new Error(`${name} has no option --${unknown}.`);
  if (parameters.length !== command.parameters.length) throw new Error(`Usage: ${synopsis(name, command)}`);
}

function toText(answer: Json): string {
  const { data } = answer;
  if (!Array.isArray(data)) {
    return `${Object.entries(answer)
      .map(([member, value]) => `${member}: ${toWord(value)}`)
      .join('\n')}\n`;
  }
  const items = data as Json[];
  const columns = COLUMNS.filter((column) => items.some((item) => column in item));
  return [columns, ...items.map((item) => columns.map((column) => toWord(item[column])))]
    .map((cells) => `${cells.join('\t')}\n`)
    .join('');
}

function toWord(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function synopsis(name: string, { parameters, options = {} }: Command): string {
  return [
    name,
    ...parameters.map((parameter) => `<${parameter}>`),
    ...Object.keys(options).map((option) => `[--${option} …]`),
  ].join(' ');
}

function usage(): string {
  const commands = Object.entries(COMMANDS).map(
    ([name, command]) => `  ${synopsis(name, command)}\n      ${command.summary}\n`,
  );
  return [
    'Usage: npm run admin -- <command> [--json]\n\n',
    'The gateway is found at GATEWAY_URL (http://localhost:8080); ADMIN_API_KEY holds an admin key.\n\n',
    ...commands,
  ].join('');
}
