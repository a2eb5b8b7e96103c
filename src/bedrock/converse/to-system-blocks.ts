import type { SystemContentBlock } from '@aws-sdk/client-bedrock-runtime';
import type { SystemMessage } from '../../openai/chat-message.schema.js';
import type { Mapping } from './mapping.js';
import { cacheControlOf, toCachePoints } from './to-cache-point.js';
import { toGuardContent, toTextBlocks } from './to-content-blocks.js';

/** System and developer messages become system blocks, part by part. */
export function toSystemBlocks(message: SystemMessage, mapping: Mapping): SystemContentBlock[] {
  const { content } = message;
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
  const blocks: SystemContentBlock[] = parts.flatMap((part) => {
    const own = part.type === 'text' ? toTextBlocks(part.text) : toGuardContent(part);
    return own.length === 0 ? [] : [...own, ...toCachePoints(cacheControlOf(part), mapping)];
  });
  return blocks.length === 0 ? [] : [...blocks, ...toCachePoints(message.cache_control ?? undefined, mapping)];
}
