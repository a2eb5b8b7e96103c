import type { NativeFields } from './mapping.js';
import type { ClientTool } from './system-tools.js';

/** Tools that Anthropic has defined and that the client runs: https://docs.anthropic.com/en/docs/agents-and-tools */
const CLAUDE_TOOL = /^(computer|bash|text_editor|memory)_(\d{4})(\d{2})(\d{2})$/;
/** The version of the beta that serves the shells and editors of its time, too. */
const COMPUTER_USE_BETA = 'computer-use-2025-01-24';
const MEMORY_BETA = 'context-management-2025-06-27';

interface NamedMembers {
  name?: unknown;
  function?: { name?: unknown; parameters?: object };
}

export function isClaudeTool({ type }: ClientTool): boolean {
  return CLAUDE_TOOL.test(type ?? '');
}

export function nameOfNative(tool: ClientTool): string {
  const { name, function: fn } = tool as NamedMembers;
  return [name, fn?.name].find((given) => typeof given === 'string') ?? '';
}

/** The tool in Claude's own words; some clients wrap its members as those of a function. */
function toClaudeTool(tool: ClientTool): NativeFields {
  const { function: fn, ...members } = tool as NamedMembers & NativeFields;
  return { ...members, name: nameOfNative(tool), ...fn?.parameters };
}

/** `tools`, their names and the beta flags for them; no tools when the request has none. */
export function toClaudeTools(tools: readonly ClientTool[]): {
  tools?: NativeFields[];
  names: string[];
  betas: string[];
} {
  const own = tools.filter(isClaudeTool);
  if (own.length === 0) {
    return { names: [], betas: [] };
  }
  return { tools: own.map(toClaudeTool), names: own.map(nameOfNative), betas: toBetas(own) };
}

function toBetas(own: readonly ClientTool[]): string[] {
  const matches = own.map(({ type }) => CLAUDE_TOOL.exec(type ?? ''));
  const computer = matches.find((match) => match?.[1] === 'computer');
  const usesComputer = matches.some((match) => match?.[1] !== 'memory');
  return [
    ...(usesComputer ? [computer ? `computer-use-${computer.slice(2).join('-')}` : COMPUTER_USE_BETA] : []),
    ...(matches.some((match) => match?.[1] === 'memory') ? [MEMORY_BETA] : []),
  ];
}
