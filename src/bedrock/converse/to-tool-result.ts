import type { ContentBlock, ToolResultContentBlock } from '@aws-sdk/client-bedrock-runtime';
import type { MediaKind } from '../../models/model-entry.js';
import type { FunctionMessage, ToolMessage } from '../../openai/chat-message.schema.js';
import type { DocumentNames } from './document-names.js';
import type { Mapping } from './mapping.js';
import { cacheControlOf, closeWithCachePoint, toCachePoints, type Cacheable } from './to-cache-point.js';
import { requireS3Reader } from './s3-locations.js';
import { toContentBlocks } from './to-content-blocks.js';
import { toSearchResult } from './to-search-result.js';

/** A tool that said nothing; Converse refuses an empty result. */
const NO_OUTPUT = '(no output)';
/** The file follows in the same message. */
const FILE_FOLLOWS = '(the output is the attached file)';

export interface ToolResult {
  content: ToolResultContentBlock[];
  /** Files that the model does not take inside a result, or not inside a failed one, with the cache point after them. */
  siblings: ContentBlock[];
  /** After the result, since a result cannot hold one; none where files follow. */
  cachePoints: ContentBlock[];
}

function isFile(block: ContentBlock): boolean {
  return kindOfFile(block) !== undefined;
}

function kindOfFile({ image, document, video }: ContentBlock): MediaKind | undefined {
  if (image !== undefined) return 'image';
  if (document !== undefined) return 'document';
  return video === undefined ? undefined : 'video';
}

function isWords(block: ContentBlock): boolean {
  return block.text !== undefined || block.searchResult !== undefined;
}

export function isFailed(message: ToolMessage | FunctionMessage): boolean {
  return message.role === 'tool' && message.is_error === true;
}

function toResultBlocks(
  message: ToolMessage | FunctionMessage,
  param: string,
  names: DocumentNames,
  mapping: Mapping,
): ContentBlock[] {
  const found = message.role === 'tool' ? (message.search_results ?? []) : [];
  return found.length > 0
    ? found.flatMap((result) => toSearchResult(result, mapping))
    : toContentBlocks(message.content, `${param}.content`, names, mapping);
}

/** What a tool gave back, part by part. */
export function toToolResult(
  message: ToolMessage | FunctionMessage,
  param: string,
  names: DocumentNames,
  mapping: Mapping,
): ToolResult {
  const parts = typeof message.content === 'string' || message.content == null ? [] : message.content;
  const blocks = toResultBlocks(message, param, names, mapping);
  const plain = blocks.flatMap((block) =>
    block.guardContent?.text ? [{ text: block.guardContent.text.text ?? '' }] : [block],
  );
  // Claude: "all content must be type "text" if `is_error` is true".
  const takenInside = isFailed(message) ? [] : mapping.model.capabilities.toolResultMedia;
  const isInside = (block: ContentBlock) => takenInside.some((kind) => kind === kindOfFile(block));
  const content = plain.filter((block) => isInside(block) || isWords(block)) as ToolResultContentBlock[];
  const siblings = plain.filter((block) => isFile(block) && !isInside(block));
  requireS3Reader(siblings, `${param}.content`, mapping);
  const control =
    message.cache_control ??
    parts.map((part) => cacheControlOf(part as Cacheable)).findLast((found) => found !== undefined);
  const hasSiblings = siblings.length > 0;
  closeWithCachePoint(siblings, control, mapping);
  return {
    content: content.length > 0 ? content : [{ text: hasSiblings ? FILE_FOLLOWS : NO_OUTPUT }],
    siblings,
    cachePoints: hasSiblings ? [] : toCachePoints(control, mapping),
  };
}
