import type { ContentBlock, GuardrailConverseContentBlock } from '@aws-sdk/client-bedrock-runtime';
import type { GuardedTextPart, ToolResultPart, UserPart } from '../../openai/chat-content.schema.js';
import type { DocumentNames } from './document-names.js';
import type { Mapping } from './mapping.js';
import { cacheControlOf, closeWithCachePoint, type Cacheable } from './to-cache-point.js';
import { toMediaBlock } from './to-media-block.js';
import { toSearchResult } from './to-search-result.js';
import { wellFormed } from './well-formed.js';

type ContentPart = Exclude<UserPart, ToolResultPart>;

/** Blank text is refused, wherever it stands. */
export function toTextBlocks(text: string | null | undefined): { text: string }[] {
  return text == null || text.trim() === '' ? [] : [{ text: wellFormed(text) }];
}

export function toGuardContent({
  text,
  qualifiers,
}: GuardedTextPart): { guardContent: GuardrailConverseContentBlock }[] {
  return toTextBlocks(text).map((block) => ({
    guardContent: { text: { ...block, ...(qualifiers == null ? {} : { qualifiers }) } },
  }));
}

/**
 * Content of a user message: its parts in order, each followed by the cache point that it asks for. Tool results among
 * them have a place of their own.
 */
export function toContentBlocks(
  content: string | readonly UserPart[] | null | undefined,
  param: string,
  names: DocumentNames,
  mapping: Mapping,
): ContentBlock[] {
  if (content == null || typeof content === 'string') {
    return toTextBlocks(content);
  }
  const blocks: ContentBlock[] = [];
  for (const [index, part] of content.entries()) {
    if (part.type === 'tool_result') continue;
    blocks.push(...toPartBlocks(part, `${param}[${index}]`, names, mapping));
    closeWithCachePoint(blocks, cacheControlOf(part as Cacheable), mapping);
  }
  return blocks;
}

function toPartBlocks(part: ContentPart, param: string, names: DocumentNames, mapping: Mapping): ContentBlock[] {
  switch (part.type) {
    case 'text':
    case 'grounding_source':
    case 'query':
      return toTextBlocks(part.text);
    case 'refusal':
      return toTextBlocks(part.refusal);
    case 'guarded_text':
      return toGuardContent(part);
    case 'search_result':
      return toSearchResult(part, mapping);
    default:
      return [toMediaBlock(part, param, names, mapping)];
  }
}
