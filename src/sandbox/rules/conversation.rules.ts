import { modelRefusal } from '../errors/bedrock-error.js';
import {
  BLOCK_MEMBERS,
  SYSTEM_BLOCK_MEMBERS,
  TOOL_CHOICE_MEMBERS,
  TOOL_MEMBERS,
  type ConverseRequest,
} from '../wire/converse-request.js';
import { blocksOf, isClaude, type Rule } from './rule.js';

export const startsWithUser: Rule = ({ messages }) =>
  messages?.[0]?.role === 'user'
    ? undefined
    : 'A conversation must start with a user message. Try again with a conversation that starts with a user message.';

export const rolesAlternate: Rule = ({ messages = [] }) => {
  const roles = messages.map((message) => message.role).filter((role) => role !== 'system');
  return roles.some((role, index) => role === roles[index - 1])
    ? 'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.'
    : undefined;
};

export const contentIsNotEmpty: Rule = ({ messages = [] }) => {
  const index = messages.findIndex((message) => message.content.length === 0);
  return index < 0
    ? undefined
    : `The content field in the Message object at messages.${index} is empty. Add a ContentBlock object to the content field and try again.`;
};

export const blocksSetOneMember: Rule = (request) => {
  for (const { object, name, path, members } of unions(request)) {
    const set = Object.keys(object).filter((key) => object[key] !== undefined && members.includes(key));
    if (set.length !== 1) return `${name} object at ${path} must set one of the following keys: ${members.join(', ')}.`;
  }
  return undefined;
};

/** Recorded: Claude takes a line break between a document and a cache point, and nothing else that is blank. */
export const textIsNotBlank: Rule = (request, { model }) => {
  const blank = blocksOf(request).find(
    ({ block, message: { content } }) =>
      block.text !== undefined &&
      block.text.trim() === '' &&
      !(isClaude(model) && block.text !== '' && content[content.indexOf(block) + 1]?.cachePoint),
  );
  if (blank) return blankText('ContentBlock', blank.path);
  const system = (request.system ?? []).findIndex((block) => block.text !== undefined && block.text.trim() === '');
  return system < 0 ? undefined : blankText('SystemContentBlock', `system.${system}`);
};

export const prefillIsSupported: Rule = (request, { model, capabilities }) => {
  const last = request.messages?.at(-1);
  if (last?.role !== 'assistant') return undefined;
  if (capabilities.assistantPrefill === false) {
    return modelRefusal(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  }
  if (!isClaude(model)) return undefined;
  if (request.toolConfig) {
    return modelRefusal(
      'Your API request included an `assistant` message in the final position, which would pre-fill the `assistant` response. When using tools, pre-filling the `assistant` response is not supported.',
    );
  }
  const text = last.content.at(-1)?.text ?? '';
  return /\s$/.test(text)
    ? modelRefusal('messages: final assistant content cannot end with trailing whitespace')
    : undefined;
};

export const systemIsSupported: Rule = ({ system = [] }, { capabilities }) =>
  capabilities.systemPrompt === false && system.length > 0
    ? "This model doesn't support the system field. Remove system and try again."
    : undefined;

function blankText(object: string, path: string): string {
  return `The text field in the ${object} object at ${path} is blank. Add text to the text field, and try again.`;
}

interface Union {
  object: Record<string, unknown>;
  name: string;
  path: string;
  members: readonly string[];
}

function unions(request: ConverseRequest): Union[] {
  const blocks = blocksOf(request);
  const choice = request.toolConfig?.toolChoice;
  return [
    ...blocks.map(({ block, path }) => ({ object: block, name: 'ContentBlock', path, members: BLOCK_MEMBERS })),
    ...blocks.flatMap(({ block, path }) =>
      (block.toolResult?.content ?? []).map((content, index) => ({
        object: content,
        name: 'ToolResultContentBlock',
        path: `${path}.toolResult.content.${index}`,
        members: ['text', 'json', 'image', 'document', 'video', 'searchResult'],
      })),
    ),
    ...blocks.flatMap(({ block, path }) =>
      block.reasoningContent
        ? [
            {
              object: block.reasoningContent,
              name: 'ReasoningContentBlock',
              path: `${path}.reasoningContent`,
              members: ['reasoningText', 'redactedContent'],
            },
          ]
        : [],
    ),
    ...(request.system ?? []).map((block, index) => ({
      object: block,
      name: 'SystemContentBlock',
      path: `system.${index}`,
      members: SYSTEM_BLOCK_MEMBERS,
    })),
    ...(request.toolConfig?.tools ?? []).map((tool, index) => ({
      object: tool,
      name: 'Tool',
      path: `toolConfig.tools.${index}`,
      members: TOOL_MEMBERS,
    })),
    ...(choice
      ? [{ object: choice, name: 'ToolChoice', path: 'toolConfig.toolChoice', members: TOOL_CHOICE_MEMBERS }]
      : []),
  ];
}
