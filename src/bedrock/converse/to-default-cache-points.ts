import type { ContentBlock, SystemContentBlock, Tool } from '@aws-sdk/client-bedrock-runtime';
import { isOpaque } from '../../models/capability.js';
import type { CacheControl } from '../../openai/chat-content.schema.js';
import type { Mapping } from './mapping.js';
import type { Extensions } from './to-extensions.js';
import { closeWithCachePoint, toCachePoints, toToolCachePoints } from './to-cache-point.js';

/** The places where a request may end a cached prefix as a whole. */
interface CacheableLists {
  tools: Tool[];
  system: SystemContentBlock[];
  /** Content of the last user message. */
  lastUser: ContentBlock[];
}

/**
 * Cache points at the end of the tools, the system prompt and the last user message, where `prompt_caching` asks for
 * them; without it, where the gateway's setting says so. Nothing is added after a point of the client.
 */
export function addDefaultCachePoints(
  lists: CacheableLists,
  wanted: Extensions['prompt_caching'],
  mapping: Mapping,
): void {
  const { baseId, capabilities } = mapping.model;
  const isKnown = capabilities.promptCaching !== null && !isOpaque(baseId);
  const isDefault = mapping.context.promptCaching === true && isKnown;
  const control: CacheControl = { type: 'ephemeral', ...(wanted?.ttl ? { ttl: wanted.ttl } : {}) };
  if ((wanted?.tools ?? false) && isOpenEnded(lists.tools)) {
    lists.tools.push(...toToolCachePoints(control, mapping));
  }
  if ((wanted?.system ?? isDefault) && isOpenEnded(lists.system)) {
    lists.system.push(...toCachePoints(control, mapping));
  }
  if (wanted?.messages ?? isDefault) {
    closeWithCachePoint(lists.lastUser, control, mapping);
  }
}

function isOpenEnded(list: readonly (Tool | SystemContentBlock)[]): boolean {
  return list.length > 0 && list.at(-1)?.cachePoint === undefined;
}
