import type { ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import type { AssistantPart } from '../../openai/chat-content.schema.js';
import type { AssistantMessage } from '../../openai/chat-message.schema.js';
import type { Mapping } from './mapping.js';
import { wellFormed } from './well-formed.js';

type SpokenPart = Exclude<AssistantPart, { type: 'thinking' | 'redacted_thinking' | 'tool_use' }>;
type ReasoningBlock = ContentBlock.ReasoningContentMember;

/** One block of earlier reasoning, in whatever words the client sent it back. */
type Thought = { text: string; signature?: string | null | undefined } | { data: string };

function thoughtsOf(message: AssistantMessage): Thought[] {
  if (message.reasoning_details?.length) {
    return message.reasoning_details.map((detail) =>
      detail.type === 'reasoning.text' ? detail : { data: detail.data },
    );
  }
  if (message.thinking_blocks?.length) {
    return message.thinking_blocks.map((block) =>
      block.type === 'thinking' ? { text: block.thinking, signature: block.signature } : { data: block.data },
    );
  }
  const parts = partsOf(message).flatMap((part): Thought[] => {
    if (part.type === 'redacted_thinking') return [{ data: part.data }];
    return part.type === 'thinking' ? [{ text: part.thinking ?? part.text ?? '', signature: part.signature }] : [];
  });
  if (parts.length > 0) {
    return parts;
  }
  return message.reasoning_content ? [{ text: message.reasoning_content }] : [];
}

function partsOf({ content }: AssistantMessage): AssistantPart[] {
  return Array.isArray(content) ? content : [];
}

/** What an earlier answer said, without the thoughts and calls among its parts. */
export function spokenContent({ content }: AssistantMessage): string | SpokenPart[] | null | undefined {
  return Array.isArray(content) ? content.filter(isSpoken) : content;
}

function isSpoken(part: AssistantPart): part is SpokenPart {
  return part.type !== 'thinking' && part.type !== 'redacted_thinking' && part.type !== 'tool_use';
}

function toBlock(thought: Thought, { model }: Mapping): ReasoningBlock[] {
  const { reasoningReplay } = model.capabilities;
  if ('data' in thought) {
    const takesEncrypted = reasoningReplay === 'signed' || reasoningReplay === 'encrypted';
    return takesEncrypted && thought.data !== ''
      ? [{ reasoningContent: { redactedContent: Buffer.from(thought.data, 'base64') } }]
      : [];
  }
  const { text, signature } = thought;
  if (reasoningReplay === 'signed') {
    // The signature covers the text byte by byte, so the text goes back untouched; on Claude 5 it may be empty.
    return signature ? [{ reasoningContent: { reasoningText: { text, signature } } }] : [];
  }
  return reasoningReplay === 'unsigned' && text.trim() !== ''
    ? [{ reasoningContent: { reasoningText: { text: wellFormed(text) } } }]
    : [];
}

/** Reasoning of an earlier answer, as far as the model takes it back. It stands before everything else of its turn. */
export function toReasoningBlocks(message: AssistantMessage, mapping: Mapping): ReasoningBlock[] {
  return thoughtsOf(message).flatMap((thought) => toBlock(thought, mapping));
}
