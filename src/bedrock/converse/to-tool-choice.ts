import type { ToolChoice } from '@aws-sdk/client-bedrock-runtime';
import { invalidRequest, unsupportedParameter } from '../../common/errors/gateway-error.js';
import type { ToolChoice as ClientToolChoice } from '../../openai/chat-tool.schema.js';
import type { Mapping } from './mapping.js';

/** What a client wants of its tools, apart from `none`. */
export interface WantedChoice {
  mode: 'unset' | 'auto' | 'required' | 'named';
  /** Client's names of the only tools that may be called; undefined: all. */
  allowed?: readonly string[];
}

/** @throws GatewayError 400 for a choice of a tool type that is not served */
export function toWantedChoice(choice: ClientToolChoice | null | undefined): WantedChoice {
  if (choice == null) return { mode: 'unset' };
  if (choice === 'auto' || choice === 'required') return { mode: choice };
  if (choice === 'none') return { mode: 'unset', allowed: [] };
  switch (choice.type) {
    case 'function':
      return { mode: 'named', allowed: [choice.function.name] };
    case 'allowed_tools':
      return { mode: choice.allowed_tools.mode, allowed: choice.allowed_tools.tools.map(nameOf) };
    default:
      throw unsupportedParameter('tool_choice.type', 'Custom tools are not supported; use functions.');
  }
}

function nameOf(tool: Record<string, unknown>): string {
  const { name } = (tool['function'] ?? tool) as { name?: unknown };
  if (typeof name !== 'string') {
    throw invalidRequest(
      'tool_choice.allowed_tools.tools',
      "Invalid 'tool_choice.allowed_tools.tools': every tool must have a name.",
      'invalid_value',
    );
  }
  return name;
}

/** A choice in Converse's words. */
export interface ChosenTools {
  toolChoice?: ToolChoice;
  /** Only the allowed tools may be sent, since the model cannot be told which one to call. */
  onlyAllowed?: boolean;
  /** A sentence that asks for the call, where the model cannot be made to. */
  instruction?: string;
}

/**
 * The choice as this model takes it. A model that refuses to be made to call a tool, or does while it reasons, is asked
 * to: it gets the tools that may be called and a sentence.
 */
export function toToolChoice(
  { mode }: WantedChoice,
  nativeNames: readonly string[],
  isReasoning: boolean,
  { model, adapt, toolFields }: Mapping,
): ChosenTools {
  const { toolChoice: known, forcedToolWithReasoning } = model.capabilities;
  const takes = (kind: 'auto' | 'any' | 'tool') => known === null || known.includes(kind);
  const auto: ChosenTools = takes('auto') ? { toolChoice: { auto: {} } } : {};
  if (mode === 'unset') return {};
  if (mode === 'auto') return auto;
  const canForce = !isReasoning || forcedToolWithReasoning;
  const [only, ...others] = nativeNames;
  if (canForce && only !== undefined && others.length === 0 && takes('tool')) {
    return mode === 'named' || !takes('any') ? { toolChoice: { tool: { name: only } } } : { toolChoice: { any: {} } };
  }
  const onlyAllowed = mode === 'named';
  if (canForce && takes('any')) {
    return { toolChoice: { any: {} }, onlyAllowed };
  }
  adapt(toolFields.choice);
  return { ...auto, onlyAllowed, instruction: toInstruction(nativeNames) };
}

function toInstruction(nativeNames: readonly string[]): string {
  return nativeNames.length === 1
    ? `Answer by calling the tool ${nativeNames[0]}.`
    : 'Answer by calling one or more of the tools.';
}
