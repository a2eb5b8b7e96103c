import type { AttemptResult, AttemptTarget } from '../../bedrock/upstream-attempt.js';
import type { OpenUsageEvent, RatedUsageEvent } from './usage-event.js';

/** Is told of every upstream attempt, for metrics and traces. Never throws, never waits. */
export interface AttemptObserver {
  began(event: OpenUsageEvent, target?: AttemptTarget): void;
  /** Once per attempt that began. */
  settled(event: RatedUsageEvent, result?: AttemptResult): void;
}
