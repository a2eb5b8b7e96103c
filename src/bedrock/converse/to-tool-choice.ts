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
}

/**
 * The choice as this model takes it.
 * @throws GatewayError 400 when it cannot be made to call a tool at all
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
  if (isReasoning && !forcedToolWithReasoning) {
    adapt(toolFields.choice);
    return auto;
  }
  const [only, ...others] = nativeNames;
  if (only !== undefined && others.length === 0 && takes('tool')) {
    return mode === 'named' || !takes('any') ? { toolChoice: { tool: { name: only } } } : { toolChoice: { any: {} } };
  }
  if (takes('any')) {
    return { toolChoice: { any: {} }, onlyAllowed: mode === 'named' };
  }
  throw unsupportedParameter(toolFields.choice, `The model '${model.requestedId}' cannot be made to call a tool.`);
}
