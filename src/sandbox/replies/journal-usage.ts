import type { JournalUsage } from '../journal/journal.js';
import type { WireUsage } from './reply.js';

/** Writes whose lifetime was not told count as 5 minutes, as Bedrock bills them. */
export function toJournalUsage(usage: WireUsage): JournalUsage {
  const hour = usage.cacheDetails?.find(({ ttl }) => ttl === '1h')?.inputTokens ?? 0;
  return {
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    cacheReadTokens: usage.cacheReadInputTokens ?? 0,
    cacheWrite5mTokens: (usage.cacheWriteInputTokens ?? 0) - hour,
    cacheWrite1hTokens: hour,
  };
}
