import type { OpenUsageEvent, RatedUsageEvent } from './usage-event.js';

/** Is told of every upstream attempt, for metrics and traces. Never throws, never waits. */
export interface AttemptObserver {
  began(event: OpenUsageEvent): void;
  /** Once per attempt that began. */
  settled(event: RatedUsageEvent): void;
}
