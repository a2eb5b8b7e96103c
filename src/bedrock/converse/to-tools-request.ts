import { invalidRequest } from '../../common/errors/gateway-error.js';
import type { ModelEntry } from '../../models/model-entry.js';
import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { ToolChoice } from '../../openai/chat-tool.schema.js';

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
 * `functions` and `function_call` of the time before tools as tools: the same, but for one call at a time.
 * @throws GatewayError 400 for a request in both words
 */
export function toToolsRequest(request: ChatRequest, model: ModelEntry): ToolsRequest {
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

function toChoice(choice: ChatRequest['function_call']): ToolChoice | undefined {
  return typeof choice === 'object' && choice !== null ? { type: 'function', function: choice } : (choice ?? undefined);
}
