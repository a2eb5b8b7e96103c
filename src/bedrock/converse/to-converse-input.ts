import type {
  Message,
  PromptVariableValues,
  SystemContentBlock,
  ToolConfiguration,
} from '@aws-sdk/client-bedrock-runtime';
import { thinkingSchema } from '../../openai/chat-extension.schema.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { ModelEntry } from '../../models/model-entry.js';
import { limitCachePoints, orderCacheLifetimes } from './limit-cache-points.js';
import type { Mapping, NativeFields, PrepareContext, PreparedConverse } from './mapping.js';
import { present } from './present.js';
import type { ReasoningPlan, ReasoningRequest } from './reasoning/reasoning-plan.js';
import { refuseUnservable } from './refuse-unservable.js';
import { continuesToolTurnWithoutReasoning, toConversation, type Conversation } from './to-conversation.js';
import { addDefaultCachePoints } from './to-default-cache-points.js';
import { toExtensions, type Extensions } from './to-extensions.js';
import { toFinalTurn } from './to-final-turn.js';
import { toGuardrailConfig } from './to-guardrail-config.js';
import type { ClientTool, SystemToolName } from './system-tools.js';
import { requestedMaxTokens, toInferenceConfig } from './to-inference-config.js';
import { toJsonPlan, type JsonPlan } from './to-json-plan.js';
import { mergeNativeFields, toTopK } from './to-native-fields.js';
import { toRequestMetadata } from './to-request-metadata.js';
import { toServiceTierRequest } from './to-service-tier-request.js';
import { toStopPlan } from './to-stop-plan.js';
import { namesOf, toToolPlan, type ToolPlan } from './to-tool-config.js';
import { toToolsRequest } from './to-tools-request.js';
import { ToolNames } from './tool-names.js';
import { wellFormed } from './well-formed.js';

/** What a family does in its own way. */
export interface FamilyWays {
  reasoning(wanted: ReasoningRequest, mapping: Mapping): ReasoningPlan;
  nativeFields(request: ChatRequest, extensions: Extensions, isReasoning: boolean, mapping: Mapping): NativeFields;
  toolCallId(id: string): string;
  takesStopSequence(sequence: string): boolean;
  systemTools: readonly SystemToolName[];
  isNativeTool(tool: ClientTool): boolean;
}

/**
 * A chat request in Converse's words.
 * @throws GatewayError 400 that names what the model cannot do
 */
export function toConverseInput(
  original: ChatRequest,
  model: ModelEntry,
  context: PrepareContext,
  ways: FamilyWays,
): PreparedConverse {
  refuseUnservable(original, model);
  const { request, fields: toolFields } = toToolsRequest(withOutputFormat(original), model);
  const adapted = new Set<string>();
  const { systemTools } = ways;
  const mapping: Mapping = {
    model,
    context,
    toolFields,
    systemTools,
    isNativeTool: (tool) => ways.isNativeTool(tool),
    adapt: (field) => adapted.add(field),
  };
  const extensions = toExtensions(request);
  const names = new ToolNames();

  const conversation = toConversation(
    { system: extensions.system, messages: request.messages },
    names,
    (id) => ways.toolCallId(id),
    mapping,
  );
  const { calledNames } = conversation;
  const reasoning = ways.reasoning(toReasoningRequest(request, extensions, conversation, model), mapping);
  const json = toJsonPlan(request, names, reasoning.isActive, mapping);
  const tools = toToolPlan(request, { json, isReasoning: reasoning.isActive, calledNames, names }, mapping);
  const stop = toStopPlan(request.stop, (sequence) => ways.takesStopSequence(sequence), mapping);
  const replay = request.stream === true && tools.tools.length > 0 && model.capabilities.toolStreaming === false;

  const messages = toFinalTurn(conversation.messages, tools.tools.length > 0 || reasoning.isActive, mapping);
  const system = [...conversation.system, ...toInstructions(json, tools)];
  placeCachePoints(tools, system, messages, extensions, mapping);
  foldSystem(system, messages, mapping);

  const merged = mergeNativeFields(
    ways.nativeFields(request, extensions, reasoning.isActive, mapping),
    toTopK(extensions.top_k, reasoning.sampling !== 'free', mapping),
    reasoning.fields,
    extensions.nativeFields,
  );
  const fields = withoutSecondChoice(merged, tools);
  const optional = present({
    system: system.length > 0 ? system : undefined,
    inferenceConfig: toInferenceConfig(request, reasoning, stop.native, mapping),
    toolConfig: tools.tools.length > 0 ? toToolConfig(tools) : undefined,
    guardrailConfig: toGuardrailConfig(extensions.guardrailConfig, request.stream === true && !replay),
    additionalModelRequestFields: Object.keys(fields).length > 0 ? (fields as never) : undefined,
    additionalModelResponseFieldPaths: extensions.additionalModelResponseFieldPaths,
    promptVariables: toPromptVariables(extensions.promptVariables),
    performanceConfig: extensions.performanceConfig && { latency: extensions.performanceConfig.latency },
    serviceTier: toServiceTierRequest(request.service_tier) ?? extensions.serviceTier,
    requestMetadata: toRequestMetadata(extensions.requestMetadata, context.requestMetadata),
    outputConfig: json.kind === 'native' ? json.outputConfig : undefined,
  });
  const input = { modelId: model.invokeId, messages, ...optional };
  if (adapted.size > 0) {
    context.onAdapted?.([...adapted]);
  }
  const isLegacy = toolFields.list === 'functions';
  return {
    input,
    replay,
    answer: {
      ...(json.kind === 'tool' ? { jsonTool: json.name } : {}),
      ...(json.kind === 'tool' && json.unwraps ? { unwrapsJson: true } : {}),
      ...(json.kind === 'tool' || json.kind === 'instruction' ? { isJson: true } : {}),
      ...(tools.placeholders.size > 0 ? { placeholderTools: tools.placeholders } : {}),
      ...(names.renamed.size > 0 ? { toolNames: names.renamed } : {}),
      ...(model.provider === 'openai' && tools.tools.length > 0 ? { offeredNames: namesOf(tools.tools) } : {}),
      ...(isLegacy || request.parallel_tool_calls === false ? { firstCallOnly: true } : {}),
      ...(isLegacy ? { legacyCall: true } : {}),
      ...(stop.emulated.length > 0 ? { stopSequences: stop.emulated } : {}),
    },
    adapted: [...adapted],
  };
}

function toPromptVariables(variables: Extensions['promptVariables']): Record<string, PromptVariableValues> | undefined {
  return (
    variables &&
    Object.fromEntries(Object.entries(variables).map(([name, { text }]) => [name, { text: wellFormed(text) }]))
  );
}

function toReasoningRequest(
  request: ChatRequest,
  extensions: Extensions,
  { messages }: Conversation,
  { provider }: ModelEntry,
): ReasoningRequest {
  // Clients of the predecessor put `thinking` among the native fields; there it goes through the same checks.
  const native = provider === 'anthropic' ? thinkingSchema.safeParse(extensions.nativeFields['thinking']) : undefined;
  if (native?.success) {
    delete extensions.nativeFields['thinking'];
  }
  const betas = [extensions.anthropic_beta, extensions.nativeFields['anthropic_beta']].flat();
  return {
    effort: request.reasoning_effort ?? (extensions.thinking && extensions.output_config?.effort) ?? undefined,
    thinking: extensions.thinking ?? native?.data,
    outputEffort: extensions.output_config?.effort ?? undefined,
    betas: betas.filter((beta): beta is string => typeof beta === 'string'),
    maxTokens: requestedMaxTokens(request),
    continuesToolTurnWithoutReasoning: continuesToolTurnWithoutReasoning(messages),
  };
}

function toToolConfig({ tools, toolChoice }: ToolPlan): ToolConfiguration {
  return toolChoice === undefined ? { tools } : { tools, toolChoice };
}

/** The format of Anthropic's `output_config` where the request has no `response_format`. */
function withOutputFormat(request: ChatRequest): ChatRequest {
  const format = (request.extra_body?.output_config ?? request.output_config)?.format;
  if (format == null || request.response_format != null) {
    return request;
  }
  return {
    ...request,
    response_format: { type: 'json_schema', json_schema: { name: 'output', schema: format.schema } },
  };
}

function toInstructions(json: JsonPlan, { instruction: forCall }: ToolPlan): SystemContentBlock[] {
  const forJson = json.kind === 'instruction' || json.kind === 'tool' ? json.instruction : undefined;
  return [forCall, forJson].flatMap((text) => (text === undefined ? [] : [{ text }]));
}

/** Bedrock refuses a native choice that says again what Converse's own says, also where both say the same. */
function withoutSecondChoice(fields: NativeFields, { toolChoice }: ToolPlan): NativeFields {
  const { tool_choice: native, ...others } = fields;
  if (toolChoice === undefined || typeof native !== 'object' || native === null) {
    return fields;
  }
  const { type: _type, name: _name, ...rest } = native as NativeFields;
  return Object.keys(rest).length > 0 ? { ...others, tool_choice: rest } : others;
}

function placeCachePoints(
  { tools }: ToolPlan,
  system: SystemContentBlock[],
  messages: readonly Message[],
  extensions: Extensions,
  mapping: Mapping,
): void {
  const lastUser = messages.findLast((message) => message.role === 'user')?.content ?? [];
  addDefaultCachePoints({ tools, system, lastUser }, extensions.prompt_caching, mapping);
  const lists = { tools, system, messages: messages.map((message) => message.content ?? []) };
  limitCachePoints(lists, mapping);
  orderCacheLifetimes(lists, mapping);
}

/** Models without a system prompt read it at the head of the conversation. */
function foldSystem(system: SystemContentBlock[], messages: readonly Message[], { model, adapt }: Mapping): void {
  if (model.capabilities.systemPrompt === false && system.length > 0) {
    adapt('messages');
    const [first] = messages;
    const texts = system.splice(0).flatMap((block) => (block.text ? [{ text: block.text }] : []));
    if (first) first.content = [...texts, ...(first.content ?? [])];
  }
}
