import { randomUUIDv7 } from 'node:crypto';
import type { AttemptTarget } from '../../src/bedrock/upstream-attempt.js';
import type { OpenUsageEvent, RatedUsageEvent } from '../../src/billing/metering/usage-event.js';

/** An attempt as the chat service begins one. */
export const TARGET: AttemptTarget = {
  operation: 'chat',
  requestedModel: 'gpt-4o',
  resolvedModel: 'global.anthropic.claude-sonnet-4-6',
  family: 'anthropic',
  region: 'us-east-1',
  streamed: false,
};

/** Who pays in tests. */
export const PAYER = {
  tenantId: 'ten_1',
  tenantName: 'Blue',
  keyId: 'key_1',
  keyName: 'ci',
  tags: { stage: 'test' },
  endUser: null,
};

export function openUsageEvent(fields: Partial<OpenUsageEvent> = {}): OpenUsageEvent {
  return {
    ...PAYER,
    ...TARGET,
    id: randomUUIDv7(),
    occurredAt: '2026-11-22T10:15:00.000Z',
    requestId: 'req_1',
    attempt: 1,
    model: 'anthropic.claude-sonnet-4-6',
    scope: 'global',
    tier: 'standard',
    reservationId: null,
    ...fields,
  };
}

export function usageEvent(fields: Partial<RatedUsageEvent> = {}): RatedUsageEvent {
  return {
    ...openUsageEvent(),
    outcome: 'success',
    awsRequestId: 'aws-1',
    statusCode: 200,
    errorCode: null,
    inputTokens: 12,
    outputTokens: 30,
    cacheReadTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: null,
    priceInput: '3000000',
    priceOutput: '15000000',
    priceCacheRead: '300000',
    priceCacheWrite5m: '3750000',
    priceCacheWrite1h: '6000000',
    costPicoUsd: '486000000',
    unpriced: false,
    usageReported: true,
    estimated: false,
    latencyMs: 40,
    firstByteMs: 9,
    settledAt: '2026-11-22T10:15:00.040Z',
    ...fields,
  };
}
