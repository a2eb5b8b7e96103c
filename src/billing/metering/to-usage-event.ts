import type { AttemptResult } from '../../bedrock/upstream-attempt.js';
import type { OpenUsageEvent, UsageEvent } from './usage-event.js';

/** The ledger's event of an attempt that has ended. Token classes that Bedrock left out stay null. */
export function toUsageEvent(
  open: OpenUsageEvent,
  result: AttemptResult,
  end: { latencyMs: number; settledAt: Date },
): UsageEvent {
  const { usage, units } = result;
  return {
    ...open,
    outcome: result.outcome,
    awsRequestId: result.awsRequestId ?? null,
    statusCode: result.statusCode ?? null,
    errorCode: result.errorCode ?? null,
    inputTokens: usage?.inputTokens ?? null,
    outputTokens: usage?.outputTokens ?? null,
    cacheReadTokens: usage?.cacheReadTokens ?? null,
    cacheWrite5mTokens: usage?.cacheWrite5mTokens ?? null,
    cacheWrite1hTokens: usage?.cacheWrite1hTokens ?? null,
    ...(units === undefined ? {} : { unitKind: units.kind, unitCount: units.count }),
    usageReported: usage !== undefined,
    estimated: false,
    latencyMs: Math.round(end.latencyMs),
    firstByteMs: result.firstByteMs === undefined ? null : Math.round(result.firstByteMs),
    settledAt: end.settledAt.toISOString(),
  };
}
