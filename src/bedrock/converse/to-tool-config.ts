import { isDeepStrictEqual } from 'node:util';
import type { Tool, ToolChoice } from '@aws-sdk/client-bedrock-runtime';
import { invalidRequest, unsupportedParameter } from '../../common/errors/gateway-error.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { CacheControl } from '../../openai/chat-content.schema.js';
import type { FunctionTool } from '../../openai/chat-tool.schema.js';
import { isFunction, offersTools } from './offers-tools.js';
import { systemToolOf, WEB_SEARCH, type ClientTool, type SystemToolName } from './system-tools.js';
import { cacheControlOf, toToolCachePoints, type Cacheable } from './to-cache-point.js';
import type { JsonPlan } from './to-json-plan.js';
import type { Mapping } from './mapping.js';
import type { ToolNames } from './tool-names.js';
import { askForCall, canForce, toToolChoice, toWantedChoice, type WantedChoice } from './to-tool-choice.js';
import { nameOfNative } from './native-tools.js';
import { toToolSpec } from './to-tool-spec.js';

/** Tools of one request in Converse's words. */
export interface ToolPlan {
  /** Empty: the request goes without `toolConfig`. */
  tools: Tool[];
  toolChoice?: ToolChoice;
  /** Tools whose calls are not the client's. */
  placeholders: ReadonlySet<string>;
  /** For the system prompt: asks for a call that the model cannot be made to give. */
  instruction?: string;
}

/** A client's tool, its place in the request, and its native name. */
interface NamedTool {
  tool: FunctionTool;
  param: string;
  name: string;
}

/** Converse wants a list beside earlier calls, also where the model's own tools were called. */
const UNUSED_TOOL = 'unused_tool';

const NO_INPUT = { json: { type: 'object', properties: {} } };

const NO_TOOLS: ToolPlan = { tools: [], placeholders: new Set() };

/** What is known when tools are planned. */
export interface ToolSituation {
  json: JsonPlan;
  isReasoning: boolean;
  /** Native names of tools that the conversation so far has called. */
  calledNames: readonly string[];
  names: ToolNames;
}

/**
 * Tools and choice. Converse has no choice `none`, and refuses a history of tool calls without tools: then the tools
 * are there, and calls of them are kept from the client.
 * @throws GatewayError 400 for a tool or a choice that cannot be served
 */
export function toToolPlan(request: ChatRequest, situation: ToolSituation, mapping: Mapping): ToolPlan {
  const { json, isReasoning, calledNames, names } = situation;
  const tools = toNamedTools(request, names, mapping);
  const systemTools = toSystemTools(request, mapping);
  const wanted = toWantedChoice(request.tool_choice);
  const nativeNames = (request.tools ?? []).filter((tool) => mapping.isNativeTool(tool)).map(nameOfNative);
  const callableNatives = nativeNames.filter((name) => wanted.allowed?.has(name) ?? true);
  const known = new Set([...tools.map((tool) => tool.name), ...nativeNames]);
  const unknown = calledNames.filter((name) => !known.has(name));
  const isListNeeded = calledNames.length > 0 && tools.length === 0 && unknown.length === 0;
  const history = placeholders(isListNeeded ? [UNUSED_TOOL] : unknown);
  if (json.kind === 'tool' && !offersTools(request)) {
    return withJson(json, withoutCalls(tools, history, calledNames, mapping), mapping);
  }
  if (mapping.model.capabilities.tools === false) {
    return refuseTools(tools, request, mapping);
  }
  if ((tools.length === 0 && systemTools.length === 0) || request.tool_choice === 'none') {
    if (nativeNames.length === 0) requireNoForcedCall(wanted.mode, mapping);
    else if (wanted.mode !== 'unset') requireAllowed(callableNatives.length, wanted.allowed, mapping);
    const asked = askForNative(wanted, callableNatives, isReasoning, mapping);
    return withJson(json, { ...withoutCalls(tools, history, calledNames, mapping), ...asked }, mapping);
  }
  if (wanted.mode === 'named' && callableNatives.length > 0) {
    const asked = askForNative(wanted, callableNatives, isReasoning, mapping);
    return { tools: [...toTools(tools, mapping), ...systemTools], placeholders: new Set(), ...asked };
  }
  const allowed = tools.filter(({ tool }) => wanted.allowed?.has(tool.function.name) ?? true);
  requireAllowed(allowed.length, wanted.allowed, mapping);
  const isNarrowed = wanted.mode !== 'named' && wanted.allowed !== undefined;
  const chosen = toToolChoice(wanted, [...allowed.map((tool) => tool.name), ...callableNatives], isReasoning, mapping);
  const sent = isNarrowed || chosen.onlyAllowed ? allowed : tools;
  const plan: ToolPlan = {
    tools: [...toTools(sent, mapping), ...systemTools],
    ...(chosen.toolChoice ? { toolChoice: chosen.toolChoice } : {}),
    ...(chosen.instruction ? { instruction: chosen.instruction } : {}),
    placeholders: new Set(),
  };
  return withJson(json, plan, mapping);
}

/** Asks for a call of the family's own tools where not even the family's words can force it. */
function askForNative(
  { mode }: WantedChoice,
  callable: readonly string[],
  isReasoning: boolean,
  mapping: Mapping,
): Pick<ToolPlan, 'instruction'> {
  const isForced = mode === 'named' || mode === 'required';
  if (!isForced || callable.length === 0 || canForce(mode === 'named' ? 'tool' : 'any', isReasoning, mapping)) {
    return {};
  }
  return { instruction: askForCall(callable, mapping) };
}

function toNamedTools(request: ChatRequest, names: ToolNames, mapping: Mapping): NamedTool[] {
  const tools = new Map<string, NamedTool>();
  for (const [index, tool] of (request.tools ?? []).entries()) {
    const param = mapping.toolFields.function(index);
    if (mapping.isNativeTool(tool) || (!isFunction(tool) && isServed(tool, mapping))) {
      continue;
    }
    if (!isFunction(tool)) {
      throw unsupportedParameter(`tools[${index}].type`, `Tools of this type are not supported; use 'function'.`);
    }
    const name = names.toNative(tool.function.name);
    const same = tools.get(name);
    if (same === undefined) {
      tools.set(name, { tool, param, name });
    } else if (
      !isDeepStrictEqual(toToolSpec(same.tool, name, param, mapping), toToolSpec(tool, name, param, mapping))
    ) {
      const field = `${param}.name`;
      throw invalidRequest(field, `Invalid '${field}': another tool has the same name.`, 'invalid_value');
    }
  }
  return [...tools.values()];
}

function isServed(tool: ClientTool, { systemTools }: Mapping): boolean {
  const name = systemToolOf(tool);
  return name !== undefined && systemTools.includes(name);
}

/**
 * Tools that run inside Bedrock, each once; OpenAI's `web_search_options` offers the web search.
 * @throws GatewayError 400 for a search on a model without one
 */
function toSystemTools(request: ChatRequest, mapping: Mapping): Tool[] {
  const { web_search_options: search } = request;
  if (search != null && !mapping.systemTools.includes(WEB_SEARCH)) {
    throw unsupportedParameter(
      'web_search_options',
      "Unsupported parameter: 'web_search_options'. This model has no built-in web search; offer it as a tool.",
    );
  }
  if (search?.['user_location'] != null) {
    mapping.adapt('web_search_options.user_location');
  }
  const offered = new Map<SystemToolName, CacheControl | undefined>();
  for (const tool of request.tools ?? []) {
    const name = isFunction(tool) ? undefined : systemToolOf(tool);
    if (name !== undefined) {
      offered.set(name, cacheControlOf(tool as Cacheable));
    }
  }
  if (search != null && !offered.has(WEB_SEARCH)) {
    offered.set(WEB_SEARCH, undefined);
  }
  return [...offered].flatMap(([name, control]) => [{ systemTool: { name } }, ...toToolCachePoints(control, mapping)]);
}

function toTools(tools: readonly NamedTool[], mapping: Mapping): Tool[] {
  return tools.flatMap(({ tool, name, param }) => [
    toToolSpec(tool, name, param, mapping),
    ...toToolCachePoints(cacheControlOf(tool) ?? cacheControlOf(tool.function), mapping),
  ]);
}

/** Tools that stand for those of the history, so that Converse takes it. */
function placeholders(names: readonly string[]): Tool.ToolSpecMember[] {
  return names.map((name) => ({ toolSpec: { name, inputSchema: NO_INPUT } }));
}

/** Native names of the functions among the tools. */
export function namesOf(tools: readonly Tool[]): Set<string> {
  return new Set(tools.flatMap((tool) => tool.toolSpec?.name ?? []));
}

function withoutCalls(
  tools: readonly NamedTool[],
  history: readonly Tool.ToolSpecMember[],
  calledNames: readonly string[],
  mapping: Mapping,
): ToolPlan {
  if (calledNames.length === 0) {
    return NO_TOOLS;
  }
  const sent = [...toTools(tools, mapping), ...history];
  return { tools: sent, placeholders: namesOf(sent) };
}

/** With the tool that carries the schema of the answer, where there is one. */
function withJson(json: JsonPlan, others: ToolPlan, { model: { capabilities } }: Mapping): ToolPlan {
  if (json.kind !== 'tool') {
    return others;
  }
  const choice: ToolChoice =
    capabilities.toolChoice?.includes('tool') === true ? { tool: { name: json.name } } : { any: {} };
  return {
    ...others,
    tools: [...others.tools, json.tool],
    ...(json.isForced ? { toolChoice: choice } : {}),
  };
}

function refuseTools(tools: readonly NamedTool[], request: ChatRequest, { model, toolFields }: Mapping): ToolPlan {
  if (tools.length > 0 && request.tool_choice !== 'none') {
    throw unsupportedParameter(toolFields.list, `The model '${model.requestedId}' does not support tools.`);
  }
  return NO_TOOLS;
}

function requireNoForcedCall(mode: string, { toolFields: { choice, list } }: Mapping): void {
  if (mode === 'required' || mode === 'named') {
    throw invalidRequest(choice, `'${choice}' asks for a call, but there are no '${list}'.`, 'invalid_value');
  }
}

function requireAllowed(
  count: number,
  allowed: ReadonlySet<string> | undefined,
  { toolFields: { choice, list } }: Mapping,
): void {
  if (count === 0 && allowed !== undefined) {
    throw invalidRequest(choice, `'${choice}' names a function that is not in '${list}'.`, 'invalid_value');
  }
}
