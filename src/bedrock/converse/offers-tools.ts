import type { ChatRequest } from '../../openai/chat-request.schema.js';

/** Whether the client offers tools that may be called. */
export function offersTools({ tools, tool_choice: choice }: ChatRequest): boolean {
  return (tools?.length ?? 0) > 0 && choice !== 'none';
}
