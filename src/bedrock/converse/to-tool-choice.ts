import type { ToolChoice } from '@aws-sdk/client-bedrock-runtime';
import { invalidRequest, unsupportedParameter } from '../../common/errors/gateway-error.js';
import type { ToolChoice as ClientToolChoice } from '../../openai/chat-tool.schema.js';
import type { Mapping } from './mapping.js';

/** What a client wants of its tools, apart from `none`. */
export interface WantedChoice {
  mode: 'unset' | 'auto' | 'required' | 'named';
  /** Client's names of the only tools that may be called; undefined: all. */
  allowed?: ReadonlySet<string>;
}

/** @throws GatewayError 400 for a choice of a tool type that is not served */
export function toWantedChoice(choice: ClientToolChoice | null | undefined): WantedChoice {
  if (choice == null) return { mode: 'unset' };
  if (choice === 'auto' || choice === 'required') return { mode: choice };
  if (choice === 'none') return { mode: 'unset', allowed: new Set() };
  switch (choice.type) {
    case 'function':
      return { mode: 'named', allowed: new Set([choice.function.name]) };
    case 'allowed_tools':
      return { mode: choice.allowed_tools.mode, allowed: new Set(choice.allowed_tools.tools.map(nameOf)) };
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

/** Whether the model takes a choice of this kind, which forces a call, in the situation that it is in. */
export function canForce(kind: 'any' | 'tool', isReasoning: boolean, { model: { capabilities } }: Mapping): boolean {
  const { toolChoice: known, forcedToolWithReasoning } = capabilities;
  return (!isReasoning || forcedToolWithReasoning) && (known === null || known.includes(kind));
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
  mapping: Mapping,
): ChosenTools {
  const { toolChoice: known } = mapping.model.capabilities;
  const auto: ChosenTools = known === null || known.includes('auto') ? { toolChoice: { auto: {} } } : {};
  if (mode === 'unset') return {};
  if (mode === 'auto') return auto;
  const canForceAny = canForce('any', isReasoning, mapping);
  const [only, ...others] = nativeNames;
  if (only !== undefined && others.length === 0 && canForce('tool', isReasoning, mapping)) {
    return mode === 'named' || !canForceAny ? { toolChoice: { tool: { name: only } } } : { toolChoice: { any: {} } };
  }
  const onlyAllowed = mode === 'named';
  if (canForceAny) {
    return { toolChoice: { any: {} }, onlyAllowed };
  }
  return { ...auto, onlyAllowed, instruction: askForCall(nativeNames, mapping) };
}

/** The sentence that asks for a call of one of these tools. */
export function askForCall(nativeNames: readonly string[], { adapt, toolFields }: Mapping): string {
  adapt(toolFields.choice);
  return nativeNames.length === 1
    ? `Answer by calling the tool ${nativeNames[0]}.`
    : 'Answer by calling one or more of the tools.';
}
