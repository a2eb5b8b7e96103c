import type { Behaviour } from '../script/behaviour.js';
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

/** The scripted calls; arguments that the script leaves out are made from the schema of the tool. */
export function scriptedCalls(request: ConverseRequest, calls: NonNullable<Behaviour['toolCalls']>): PlannedCall[] {
  return calls.map(({ name, input, toolUseId }) => {
    const spec = request.toolConfig?.tools.find(({ toolSpec }) => toolSpec?.name === name)?.toolSpec;
    const made = spec ? schemaInstance(spec.inputSchema.json) : {};
    return { name, input: input ?? made, ...(toolUseId === undefined ? {} : { toolUseId }) };
  });
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
