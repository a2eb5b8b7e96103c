import type { ChatRequest } from '../../openai/chat-request.schema.js';
import type { FunctionTool } from '../../openai/chat-tool.schema.js';

export function isFunction(tool: NonNullable<ChatRequest['tools']>[number]): tool is FunctionTool {
  return tool.type === 'function' && typeof tool['function'] === 'object';
}

/** Whether the client offers tools that may be called; a web search is one. */
export function offersTools({ tools, tool_choice: choice, web_search_options: search }: ChatRequest): boolean {
  return ((tools?.length ?? 0) > 0 || search != null) && choice !== 'none';
}
