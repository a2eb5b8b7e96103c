import type { Mapping } from './mapping.js';

interface MaybeCachePoint {
  cachePoint?: unknown;
}

/** Converse's own limit, where no model card says otherwise. */
const POINTS_MAX = 4;

/**
 * Takes cache points out until the model's limit holds. The latest prefixes of the conversation are the ones that the
 * next turn reads, so the earliest points of the messages go first, then those of the system prompt, then of the tools.
 */
export function limitCachePoints(
  lists: { tools: MaybeCachePoint[]; system: MaybeCachePoint[]; messages: MaybeCachePoint[][] },
  { model, adapt }: Mapping,
): void {
  const inMessages = lists.messages.flatMap(pointsIn);
  const last = inMessages.pop();
  const inOrderOfLoss = [...inMessages, ...pointsIn(lists.system), ...pointsIn(lists.tools)];
  const kept = model.capabilities.promptCaching?.maxPoints ?? POINTS_MAX;
  const excess = inOrderOfLoss.length + (last === undefined ? 0 : 1) - kept;
  for (const { list, point } of inOrderOfLoss.slice(0, Math.max(0, excess))) {
    list.splice(list.indexOf(point), 1);
    adapt('cache_control');
  }
}

function pointsIn(list: MaybeCachePoint[]) {
  return list.filter((block) => block.cachePoint !== undefined).map((point) => ({ list, point }));
}
