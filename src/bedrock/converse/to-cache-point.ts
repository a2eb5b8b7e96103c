import type { CachePointBlock, ContentBlock } from '@aws-sdk/client-bedrock-runtime';
import type { CacheControl } from '../../openai/chat-content.schema.js';
import type { Mapping } from './mapping.js';

/** A content part or message that may end a cached prefix. */
export interface Cacheable {
  cache_control?: CacheControl | null | undefined;
  prompt_cache_breakpoint?: object | null | undefined;
}

/** `cache_control` and OpenAI's `prompt_cache_breakpoint` as one; undefined when the part ends no cached prefix. */
export function cacheControlOf(part: Cacheable): CacheControl | undefined {
  return part.cache_control ?? (part.prompt_cache_breakpoint == null ? undefined : { type: 'ephemeral' });
}

/**
 * The cache points to put after a block: none or one. Models without caching refuse the point, and older ones its
 * `ttl`, so both are left out there.
 */
export function toCachePoints(
  control: CacheControl | undefined,
  { model, adapt }: Mapping,
): { cachePoint: CachePointBlock }[] {
  if (control === undefined) {
    return [];
  }
  const { promptCaching } = model.capabilities;
  if (promptCaching === null) {
    adapt('cache_control');
    return [];
  }
  const takesTtl = promptCaching.ttls.includes('1h');
  if (control.ttl === '1h' && !takesTtl) {
    adapt('cache_control.ttl');
  }
  return [{ cachePoint: { type: 'default', ...(control.ttl && takesTtl ? { ttl: control.ttl } : {}) } }];
}

/** The same among the tools, where some models that cache take none. */
export function toToolCachePoints(
  control: CacheControl | undefined,
  mapping: Mapping,
): { cachePoint: CachePointBlock }[] {
  if (control !== undefined && !mapping.model.capabilities.toolCaching) {
    mapping.adapt('cache_control');
    return [];
  }
  return toCachePoints(control, mapping);
}

/**
 * Bedrock refuses a cache point right after a document or a video. Recorded clients put a line break between, which
 * Claude takes there; of other models nobody has shown that they take blank text.
 */
function fillerFor({ model }: Mapping): ContentBlock {
  return { text: model.provider === 'anthropic' ? '\n' : '(end of the file)' };
}

function refusesCachePointAfter(block: ContentBlock): boolean {
  return block.document !== undefined || block.video !== undefined;
}

/** Ends a cached prefix after these blocks. Without content before it, or after another point, there is none to end. */
export function closeWithCachePoint(blocks: ContentBlock[], control: CacheControl | undefined, mapping: Mapping): void {
  const last = blocks.at(-1);
  if (control === undefined || last === undefined || last.cachePoint !== undefined) {
    return;
  }
  const points = toCachePoints(control, mapping);
  const filler = points.length > 0 && refusesCachePointAfter(last) ? [fillerFor(mapping)] : [];
  blocks.push(...filler, ...points);
}
