import type { CachePointBlock } from '@aws-sdk/client-bedrock-runtime';
import type { Mapping } from './mapping.js';

interface MaybeCachePoint {
  text?: string | undefined;
  cachePoint?: CachePointBlock | undefined;
}

/** Where cache points stand, in the order in which the prompt is read. */
interface CacheableLists {
  tools: MaybeCachePoint[];
  system: MaybeCachePoint[];
  messages: MaybeCachePoint[][];
}

/** Converse's own limit, where no model card says otherwise. */
const POINTS_MAX = 4;

/**
 * Takes cache points out until the model's limit holds. The latest prefixes of the conversation are the ones that the
 * next turn reads, so the earliest points of the messages go first, then those of the system prompt, then of the tools.
 */
export function limitCachePoints(lists: CacheableLists, { model, adapt }: Mapping): void {
  const inMessages = lists.messages.flatMap(pointsIn);
  const last = inMessages.pop();
  const inOrderOfLoss = [...inMessages, ...pointsIn(lists.system), ...pointsIn(lists.tools)];
  const kept = model.capabilities.promptCaching?.maxPoints ?? POINTS_MAX;
  const excess = inOrderOfLoss.length + (last === undefined ? 0 : 1) - kept;
  for (const { list, point } of inOrderOfLoss.slice(0, Math.max(0, excess))) {
    const index = list.indexOf(point);
    // The blank text between a file and its point is taken only there.
    const fillers = list[index - 1]?.text?.trim() === '' ? 1 : 0;
    list.splice(index - fillers, 1 + fillers);
    adapt('cache_control');
  }
}

/**
 * Bedrock refuses a longer lifetime after a shorter one, in the order tools, system, messages; there the shorter holds.
 */
export function orderCacheLifetimes(lists: CacheableLists, { adapt }: Mapping): void {
  let hasShort = false;
  for (const list of [lists.tools, lists.system, ...lists.messages]) {
    for (const { cachePoint } of list) {
      if (hasShort && cachePoint?.ttl === '1h') {
        delete cachePoint.ttl;
        adapt('cache_control.ttl');
      }
      hasShort ||= cachePoint !== undefined && cachePoint.ttl !== '1h';
    }
  }
}

function pointsIn(list: MaybeCachePoint[]) {
  return list.filter((block) => block.cachePoint !== undefined).map((point) => ({ list, point }));
}
