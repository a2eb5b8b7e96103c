import type { ConverseRequest, Tool } from '../wire/converse-request.js';
import { schemaInstance } from './schema-instance.js';

type ToolSpec = NonNullable<Tool['toolSpec']>;

export interface PlannedCall {
  name: string;
  input: unknown;
  toolUseId?: string;
}

/**
 * The tools that the sandbox calls by itself: the forced one; for `any` one that the text names or else the first;
 * for `auto` every tool that the text names. Arguments come from the tool's schema. No call follows a tool result.
 */
export function plannedCalls(request: ConverseRequest, text: string): PlannedCall[] {
  const specs = (request.toolConfig?.tools ?? []).flatMap(({ toolSpec }) => toolSpec ?? []);
  const choice = request.toolConfig?.toolChoice;
  const named = specs.filter(({ name }) => isNamed(name, text));
  if (choice?.tool) return specs.filter(({ name }) => name === choice.tool?.name).map(toCall);
  if (choice?.any) return (named.length > 0 ? named : specs.slice(0, 1)).map(toCall);
  return hasToolResult(request) ? [] : named.map(toCall);
}

function toCall({ name, inputSchema }: ToolSpec): PlannedCall {
  return { name, input: schemaInstance(inputSchema.json) };
}

function hasToolResult(request: ConverseRequest): boolean {
  return (request.messages?.at(-1)?.content ?? []).some(({ toolResult }) => toolResult);
}

function isNamed(name: string, text: string): boolean {
  return new RegExp(`(?<![\\w-])${name}(?![\\w-])`).test(text);
}
