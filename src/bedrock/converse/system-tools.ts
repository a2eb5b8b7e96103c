import type { ContentBlock, ConverseResponse, Tool } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest } from '../../openai/chat-request.schema.js';

/**
 * The tools that run inside Bedrock, with the words that other APIs have for them: OpenAI's and Anthropic's types, and
 * LiteLLM's `web_search_options`.
 */
const SYSTEM_TOOLS = {
  nova_grounding: /^(web_search|web_search_preview|web_search_\d.*|nova_grounding)$/,
  nova_code_interpreter: /^(code_interpreter|code_execution|code_execution_\d.*|nova_code_interpreter)$/,
} as const;

export type SystemToolName = keyof typeof SYSTEM_TOOLS;

/** Billed by the search, beside the tokens. */
export const WEB_SEARCH: SystemToolName = 'nova_grounding';

const NAMES = Object.keys(SYSTEM_TOOLS) as SystemToolName[];

export type ClientTool = NonNullable<ChatRequest['tools']>[number];

/** The tool inside Bedrock that a tool of a request means, if any. */
export function systemToolOf(tool: ClientTool): SystemToolName | undefined {
  const native = (tool['systemTool'] ?? tool['system_tool']) as { name?: unknown } | undefined;
  return native === undefined
    ? NAMES.find((name) => SYSTEM_TOOLS[name].test(tool.type ?? ''))
    : NAMES.find((name) => name === native.name);
}

/** Whether a converted tool runs inside Bedrock, where its rounds and their tokens have no bound. */
export function isSystemTool(tool: Tool): boolean {
  return tool.systemTool !== undefined;
}

/** Searches that Bedrock made for a whole answer; one that cannot be read made none that anybody knows of. */
export function countSearches({ output }: ConverseResponse): number {
  const content: unknown = output?.message?.content;
  const calls = Array.isArray(content) ? (content as ContentBlock[]) : [];
  return calls.filter(({ toolUse }) => toolUse?.type === 'server_tool_use' && toolUse.name === WEB_SEARCH).length;
}
