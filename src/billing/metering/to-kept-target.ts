import type { AttemptTarget } from '../../bedrock/upstream-attempt.js';
import type { OpenUsageEvent } from './usage-event.js';

type KeptTarget = Pick<
  OpenUsageEvent,
  'operation' | 'requestedModel' | 'resolvedModel' | 'family' | 'region' | 'streamed'
>;

/** What an event keeps of where its attempt goes: by name, since a target also holds what is for traces alone. */
export function toKeptTarget(target: AttemptTarget): KeptTarget {
  const { operation, requestedModel, resolvedModel, family, region, streamed } = target;
  return { operation, requestedModel, resolvedModel, family, region, streamed };
}
