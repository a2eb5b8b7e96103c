import { invalidRequest } from '../../common/errors/gateway-error.js';
import type { ModelEntry } from '../../models/model-entry.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { FunctionTool, ToolChoice } from '../../openai/chat-tool.schema.js';
import { isObject } from './is-object.js';

/** What the client calls its tools, for errors. */
export interface ToolFields {
  list: 'tools' | 'functions';
  choice: 'tool_choice' | 'function_call';
  /** The function of one tool. */
  function(index: number): string;
}

const TOOLS: ToolFields = {
  list: 'tools',
  choice: 'tool_choice',
  function: (index) => `tools[${index}].function`,
};

const FUNCTIONS: ToolFields = {
  list: 'functions',
  choice: 'function_call',
  function: (index) => `functions[${index}]`,
};

/** A request whose functions are tools, and the words to speak of them. */
export interface ToolsRequest {
  request: ChatRequest;
  fields: ToolFields;
}

/**
 * `functions` and `function_call` of the time before tools as tools: the same, but for one call at a time. Functions
 * in the words of Anthropic's API or the Responses API are this API's, too.
 * @throws GatewayError 400 for a request in both words
 */
export function toToolsRequest(original: ChatRequest, model: ModelEntry): ToolsRequest {
  const request = original.tools?.some(isFlat) ? { ...original, tools: original.tools.map(withFunction) } : original;
  if (request.functions == null && request.function_call == null) {
    return { request, fields: TOOLS };
  }
  const { functions, function_call: choice, ...others } = request;
  if (functions == null || functions.length === 0) {
    if (typeof choice === 'object' && choice !== null) {
      throw invalidRequest('function_call', "'function_call' asks for a call, but there are no 'functions'.");
    }
    return { request: others, fields: TOOLS };
  }
  if (request.tools?.length) {
    throw invalidRequest('functions', "Invalid 'functions': send either 'tools' or 'functions', not both.");
  }
  return {
    request: {
      ...others,
      tools: functions.map((fn) => ({ type: 'function', function: fn })),
      tool_choice: toChoice(choice) ?? request.tool_choice,
      ...(model.capabilities.parallelToolFlag ? { parallel_tool_calls: false } : {}),
    },
    fields: FUNCTIONS,
  };
}

type ClientTool = NonNullable<ChatRequest['tools']>[number];

/** A function in the words of Anthropic's API or the Responses API. */
function isFlat(tool: ClientTool): boolean {
  return tool.type === 'function'
    ? tool['function'] === undefined
    : (tool.type == null || tool.type === 'custom') && isObject(tool['input_schema']);
}

/** The same in the words of this API. */
function withFunction(tool: ClientTool): ClientTool {
  if (!isFlat(tool)) {
    return tool;
  }
  const { type: _type, name, description, input_schema, parameters, strict, cache_control: control, ...others } = tool;
  const fn = { name, description, parameters: input_schema ?? parameters, strict } as FunctionTool['function'];
  return { ...others, type: 'function', function: fn, cache_control: control as FunctionTool['cache_control'] };
}

function toChoice(choice: ChatRequest['function_call']): ToolChoice | undefined {
  return typeof choice === 'object' && choice !== null ? { type: 'function', function: choice } : (choice ?? undefined);
}
