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
  if (values['help'] === true || name === '') return usage();
  if (!command) throw new Error(`There is no command '${name}'.\n\n${usage()}`);
  const { json, help: _, ...rest } = values;
  const given: Readonly<Record<string, string | boolean | undefined>> = rest;
  const flags = Object.keys(given).filter((option) => given[option] === true);
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => typeof value === 'string')) as Record<
    string,
    string
  >;
  const parameters = positionals.slice(2);
  requireFit(name, command, parameters, [...Object.keys(options), ...flags]);
  const answer = await command.run(connect(), parameters, options, flags);
  return json === true ? `${JSON.stringify(answer, null, 2)}\n` : toText(answer, command.columns);
}

function parse(words: readonly string[]) {
  const commands = Object.values(COMMANDS);
  const names = new Set(commands.flatMap(({ options = {} }) => Object.keys(options)));
  const flags = new Set(commands.flatMap((command) => Object.keys(command.flags ?? {})));
  return parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries([...names].map((name) => [name, { type: 'string' as const }])),
      ...Object.fromEntries([...flags].map((flag) => [flag, { type: 'boolean' as const }])),
    },
  });
}

function requireFit(name: string, command: Command, parameters: readonly string[], options: readonly string[]): void {
  const known = Object.keys({ ...command.options, ...command.flags });
  const unknown = options.find((option) => !known.includes(option));
  if (unknown !== undefined) throw new Error(`${name} has no option --${unknown}.`);
  if (parameters.length !== command.parameters.length) throw new Error(`Usage: ${synopsis(name, command)}`);
}

function toText(answer: Json, listed: readonly string[] = COLUMNS): string {
  const { data, ...rest } = answer;
  if (!Array.isArray(data)) {
    return toLines(answer);
  }
  const items = data as Json[];
  const columns = listed.filter((column) => items.some((item) => column in item));
  const table = [columns, ...items.map((item) => columns.map((column) => toWord(item[column])))]
    .map((cells) => `${cells.join('\t')}\n`)
    .join('');
  return listed === COLUMNS ? table : table + toLines(rest);
}

function toLines(members: Json): string {
  return Object.entries(members)
    .map(([member, value]) => `${member}: ${toWord(value)}\n`)
    .join('');
}

function toWord(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function synopsis(name: string, { parameters, options = {}, flags = {} }: Command): string {
  return [
    name,
    ...parameters.map((parameter) => `<${parameter}>`),
    ...Object.keys(options).map((option) => `[--${option} …]`),
    ...Object.keys(flags).map((flag) => `[--${flag}]`),
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
