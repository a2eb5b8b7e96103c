import type { ModelCapabilities } from '../../models/model-entry.js';
import type { FoundationModel } from '../catalogue/foundation-models.js';
import type { BedrockError } from '../errors/bedrock-error.js';
import type { ContentBlock, ConverseRequest, Message, ToolResultContent } from '../wire/converse-request.js';

/** What a rule may ask beside the request itself. */
export interface RuleContext {
  model: FoundationModel;
  capabilities: ModelCapabilities;
  streaming: boolean;
}

/** One thing that Bedrock refuses: the message of its ValidationException, another error, or nothing. */
export type Rule = (request: ConverseRequest, context: RuleContext) => string | BedrockError | undefined;

export interface PlacedBlock {
  block: ContentBlock;
  message: Message;
  /** As the service writes it in its texts, counted from 0: `messages.0.content.1`. */
  path: string;
}

/** Every content block of the conversation, in order. */
export function blocksOf(request: ConverseRequest): PlacedBlock[] {
  return (request.messages ?? []).flatMap((message, messageIndex) =>
    message.content.map((block, index) => ({ block, message, path: `messages.${messageIndex}.content.${index}` })),
  );
}

/** Content blocks and what lies inside tool results: the places where images and documents may stand. */
export function mediaHoldersOf(request: ConverseRequest): (ContentBlock | ToolResultContent)[] {
  return blocksOf(request).flatMap(({ block }) => [block, ...(block.toolResult?.content ?? [])]);
}

export function isClaude(model: FoundationModel): boolean {
  return model.id.startsWith('anthropic.');
}

/** The service's phrase for a field that one model does not take. */
export function fieldUnsupported(field: string): string {
  return `This model doesn't support the ${field} field. Remove ${field} and try again.`;
}

export function duplicates(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
