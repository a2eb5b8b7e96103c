import { modelRefusal } from '../errors/bedrock-error.js';
import type { ContentBlock, ConverseRequest, Message } from '../wire/converse-request.js';
import { blocksOf, duplicates, fieldUnsupported, isClaude, type Rule } from './rule.js';

export const toolsAreSupported: Rule = ({ toolConfig }, { capabilities, streaming }) => {
  if (!toolConfig) return undefined;
  if (capabilities.tools === false) return "This model doesn't support tool use.";
  return streaming && capabilities.toolStreaming === false
    ? "This model doesn't support tool use in streaming mode."
    : undefined;
};

export const toolHistoryNeedsToolConfig: Rule = (request) => {
  const hasTools = blocksOf(request).some(({ block }) => block.toolUse ?? block.toolResult);
  return hasTools && !request.toolConfig
    ? 'The toolConfig field must be defined when using toolUse and toolResult content blocks.'
    : undefined;
};

export const toolSchemasAreObjects: Rule = ({ toolConfig }) => {
  for (const [index, { toolSpec }] of (toolConfig?.tools ?? []).entries()) {
    if (!toolSpec) continue;
    const path = `toolConfig.tools.${index}.toolSpec.inputSchema.json`;
    if (!isObject(toolSpec.inputSchema.json)) return invalidJson(path);
    if (toolSpec.inputSchema.json['type'] !== 'object') {
      return `The value at ${path}.type must be one of the following: object.`;
    }
  }
  return undefined;
};

export const toolNamesAreUnique: Rule = ({ toolConfig }) => {
  const names = (toolConfig?.tools ?? []).flatMap(({ toolSpec }) => (toolSpec ? [toolSpec.name] : []));
  return duplicates(names).length > 0 ? modelRefusal('tools: Tool names must be unique.') : undefined;
};

export const toolChoiceIsSupported: Rule = ({ toolConfig }, { capabilities, model }) => {
  const choice = chosenMember(toolConfig);
  if (choice === undefined || choice === 'auto' || capabilities.toolChoice?.includes(choice) !== false) {
    return undefined;
  }
  return isClaude(model)
    ? modelRefusal('tool_choice: type "tool" and "any" are not supported for this model.')
    : fieldUnsupported(`toolConfig.toolChoice.${choice}`);
};

export const nativeChoiceLeavesTheTypeToConverse: Rule = ({ toolConfig, additionalModelRequestFields }) => {
  const choice = chosenMember(toolConfig);
  const native = additionalModelRequestFields?.['tool_choice'];
  return choice !== undefined && isObject(native) && native['type'] !== undefined
    ? `The additional field tool_choice/type conflicts with the existing field toolConfig.toolChoice.${choice}. Remove tool_choice/type and try again.`
    : undefined;
};

export const chosenToolExists: Rule = ({ toolConfig }) => {
  const chosen = toolConfig?.toolChoice?.tool?.name;
  return chosen && !toolConfig?.tools.some(({ toolSpec }) => toolSpec?.name === chosen)
    ? modelRefusal(`Tool '${chosen}' not found in provided tools`)
    : undefined;
};

export const strictToolsAreSupported: Rule = ({ toolConfig }, { capabilities }) => {
  const tools = toolConfig?.tools ?? [];
  const index = tools.findIndex(({ toolSpec }) => toolSpec?.strict);
  if (index >= 0 && capabilities.strictTools === false) {
    return fieldUnsupported(`toolConfig.tools.${index}.toolSpec.strict`);
  }
  const strict = tools.filter(({ toolSpec }) => toolSpec?.strict).length;
  return strict > 20
    ? modelRefusal(`Too many strict tools (${strict}). The maximum number of strict tools supported is 20.`)
    : undefined;
};

export const toolBlocksStandInTheirRole: Rule = (request) => {
  for (const [index, message] of (request.messages ?? []).entries()) {
    if (message.role === 'user' && toolUseIds(message).length > 0) {
      return modelRefusal(`messages.${index}: \`tool_use\` blocks can only be in \`assistant\` messages`);
    }
    if (message.role === 'assistant' && toolResultIds(message).length > 0) {
      return modelRefusal(`messages.${index}: \`tool_result\` blocks can only be in \`user\` messages`);
    }
  }
  return undefined;
};

export const toolUseInputIsAnObject: Rule = (request) => {
  const wrong = blocksOf(request).find(({ block }) => block.toolUse && !isObject(block.toolUse.input));
  return wrong && invalidJson(`${wrong.path}.toolUse.input`);
};

export const toolIdsAreUnique: Rule = ({ messages = [] }) => {
  for (const [index, message] of messages.entries()) {
    const uses = duplicates(toolUseIds(message));
    if (uses.length > 0)
      return `The toolUse blocks at messages.${index}.content contain duplicate Ids: ${uses.join(', ')}`;
    const results = duplicates(toolResultIds(message));
    if (results.length > 0) {
      return `The toolResult blocks at messages.${index}.content contain duplicate Ids: ${results.join(', ')}`;
    }
  }
  return undefined;
};

export const toolResultsAnswerTheirTurn: Rule = ({ messages = [] }) => {
  for (let index = 0; index <= messages.length; index++) {
    const asked = toolUseIds(messages[index - 1]);
    const answered = toolResultIds(messages[index]);
    const missing = asked.filter((id) => !answered.includes(id));
    if (answered.length > asked.length) {
      return `The number of toolResult blocks at messages.${index}.content exceeds the number of toolUse blocks of previous turn.`;
    }
    if (missing.length > 0) {
      return `Expected toolResult blocks at messages.${index}.content for the following Ids: ${missing.join(', ')}`;
    }
  }
  return undefined;
};

/** Some models report the result as missing where something else stands in its message. */
export const toolResultsStandWithWhatTheyMay: Rule = ({ messages = [] }, { capabilities: { besideToolResults } }) => {
  if (besideToolResults === null) return undefined;
  const isAllowed = (block: ContentBlock) =>
    (['text', 'image', 'document', 'video'] as const).every((kind) => !block[kind] || besideToolResults.includes(kind));
  const index = messages.findIndex((message) => toolResultIds(message).length > 0 && !message.content.every(isAllowed));
  return index < 0
    ? undefined
    : `Expected toolResult blocks at messages.${index}.content for the following Ids: ${toolUseIds(messages[index - 1]).join(', ')}`;
};

export const toolResultsAreTaken: Rule = (request, { capabilities: { toolResults } }) =>
  !toolResults && blocksOf(request).some(({ block }) => block.toolResult)
    ? modelRefusal('Conversation roles must alternate user/assistant/user/assistant/...')
    : undefined;

export const callsStandAlone: Rule = ({ messages = [] }, { capabilities: { textBesideToolCalls } }) => {
  if (textBesideToolCalls) return undefined;
  const index = messages.findIndex(
    ({ content }) => content.some(({ toolUse }) => toolUse) && content.some(({ toolUse }) => !toolUse),
  );
  return index < 0
    ? undefined
    : `messages.${index}.content: Conversation blocks and tool use blocks cannot be provided in the same turn.`;
};

export const failedToolResultHasContent: Rule = (request) => {
  const empty = blocksOf(request).find(
    ({ block }) => block.toolResult?.status === 'error' && block.toolResult.content.length === 0,
  );
  return empty && `The content field at ${empty.path}.toolResult cannot be empty when status value is error.`;
};

export const failedToolResultIsText: Rule = (request, { model }) => {
  if (!isClaude(model)) return undefined;
  const wrong = blocksOf(request).find(
    ({ block }) =>
      block.toolResult?.status === 'error' &&
      block.toolResult.content.some(({ text, json }) => text === undefined && json === undefined),
  );
  return wrong && modelRefusal(`${wrong.path}.tool_result: all content must be type "text" if \`is_error\` is true`);
};

/** Calls of tools that the model's own server runs are answered inside the same message. */
function toolUseIds(message: Message | undefined): string[] {
  return (message?.content ?? []).flatMap(({ toolUse }) =>
    toolUse && toolUse['type'] !== 'server_tool_use' ? [toolUse.toolUseId] : [],
  );
}

function toolResultIds(message: Message | undefined): string[] {
  return (message?.content ?? []).flatMap(({ toolResult }) =>
    toolResult && toolResult['type'] === undefined ? [toolResult.toolUseId] : [],
  );
}

function chosenMember(toolConfig: ConverseRequest['toolConfig']): 'auto' | 'any' | 'tool' | undefined {
  return (['auto', 'any', 'tool'] as const).find((member) => toolConfig?.toolChoice?.[member]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalidJson(path: string): string {
  return `The format of the value at ${path} is invalid. Provide a json object for the field and try again.`;
}
