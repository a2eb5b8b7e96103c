import { Injectable } from '@nestjs/common';
import type { ModelEntry } from '../../models/model-entry.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { Mapping, NativeFields } from '../converse/mapping.js';
import { isClaudeTool, toClaudeTools } from '../converse/native-tools.js';
import { offersTools } from '../converse/offers-tools.js';
import { toEffortFields } from '../converse/reasoning/claude-effort.js';
import type { ReasoningPlan, ReasoningRequest } from '../converse/reasoning/reasoning-plan.js';
import type { ClientTool } from '../converse/system-tools.js';
import { canForce } from '../converse/to-tool-choice.js';
import { toClaudeReasoning } from '../converse/reasoning/to-claude-reasoning.js';
import type { Extensions } from '../converse/to-extensions.js';
import { ChatFamily } from './chat-family.js';

/** Without it the input of a call comes only when it is whole. */
const FINE_GRAINED_BETA = 'fine-grained-tool-streaming-2025-05-14';

/** Opus 4.5 takes an effort only with it, by AWS's examples; from 4.6 on it is no beta. */
const EFFORT_BETA = 'effort-2025-11-24';

function isBeta({ output_config: effort }: NativeFields, { model }: Mapping): boolean {
  return effort !== undefined && model.capabilities.reasoning !== 'anthropic-adaptive';
}

/** Extension: Anthropic's wish to see the input of a call while it is written. */
function streamsInput(tool: ClientTool): boolean {
  const fn = tool['function'] as { eager_input_streaming?: unknown } | undefined;
  return tool['eager_input_streaming'] === true || fn?.eager_input_streaming === true;
}

/** `tool_choice` in Claude's own words. */
type NativeChoice = { type: 'auto' | 'any' } | { type: 'tool'; name: string };

/** Anthropic Claude. */
@Injectable()
export class AnthropicChatFamily extends ChatFamily {
  readonly name = 'anthropic';

  serves(model: ModelEntry): boolean {
    return model.provider === 'anthropic';
  }

  protected override reasoning(wanted: ReasoningRequest, mapping: Mapping): ReasoningPlan {
    return toClaudeReasoning(wanted, mapping);
  }

  protected override nativeFields(
    request: ChatRequest,
    extensions: Extensions,
    isReasoning: boolean,
    mapping: Mapping,
  ): NativeFields {
    const { tools, names, betas: forTools } = toClaudeTools(offersTools(request) ? (request.tools ?? []) : []);
    const streaming = request.tools?.some(streamsInput) ? [FINE_GRAINED_BETA] : [];
    const effort = toEffortFields(extensions.output_config?.effort, isReasoning, mapping);
    const own = [...forTools, ...streaming, ...(isBeta(effort, mapping) ? [EFFORT_BETA] : [])];
    const choice = toTakenChoice(request.tool_choice, isReasoning, mapping);
    const betas = [...new Set([...(extensions.anthropic_beta ?? []), ...own])];
    return {
      ...(betas.length > 0 ? { anthropic_beta: betas } : {}),
      ...effort,
      ...(tools ? { tools } : {}),
      ...toForcedNative(request.tool_choice, choice, names),
      ...this.oneToolAtATime(request, choice, mapping),
    };
  }

  protected override isNativeTool(tool: ClientTool): boolean {
    return isClaudeTool(tool);
  }

  /** Anthropic: "stop_sequences: each stop sequence must contain non-whitespace". */
  protected override takesStopSequence(sequence: string): boolean {
    return sequence.trim() !== '';
  }

  /** Claude before 4.5 refuses the flag, and Converse has none of its own. */
  private oneToolAtATime(request: ChatRequest, choice: NativeChoice, { model, adapt }: Mapping): NativeFields {
    if (request.parallel_tool_calls !== false || !offersTools(request)) {
      return {};
    }
    if (!model.capabilities.parallelToolFlag) {
      adapt('parallel_tool_calls');
      return {};
    }
    return { tool_choice: { ...choice, disable_parallel_tool_use: true } };
  }
}

/** Asks for a call of Claude's own tools, which Converse's choice cannot name. */
function toForcedNative(
  wanted: ChatRequest['tool_choice'],
  choice: NativeChoice,
  names: readonly string[],
): NativeFields {
  const isNamed = choice.type === 'tool' && names.includes(choice.name);
  const isRequired = choice.type === 'any' && wanted === 'required' && names.length > 0;
  return isNamed || isRequired ? { tool_choice: choice } : {};
}

/** The choice as this model takes it, which may refuse to be forced. */
function toTakenChoice(wanted: ChatRequest['tool_choice'], isReasoning: boolean, mapping: Mapping): NativeChoice {
  const choice = toNativeChoice(wanted);
  return choice.type === 'auto' || canForce(choice.type, isReasoning, mapping) ? choice : { type: 'auto' };
}

/** Claude's choice must have a type; where Converse's own is sent, too, only the flag stays of this one. */
function toNativeChoice(choice: ChatRequest['tool_choice']): NativeChoice {
  if (choice === 'required') return { type: 'any' };
  if (typeof choice !== 'object' || choice === null) return { type: 'auto' };
  if (choice.type === 'function') return { type: 'tool', name: choice.function.name };
  return { type: choice.type === 'allowed_tools' && choice.allowed_tools.mode === 'required' ? 'any' : 'auto' };
}
