import { setTimeout as delay } from 'node:timers/promises';

export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  attemptsMax: number;
  /** Upper bound of the wait before the second attempt; doubled for each further one. */
  baseDelayMs: number;
  /** Upper bound of any wait. */
  delayMsMax: number;
  /** From 0 to 1, replaced in tests. */
  random(): number;
}

/** Full jitter: anything between nothing and the exponential bound. */
export function retryDelayMs(attempt: number, policy: RetryPolicy): number {
  const bound = Math.min(policy.delayMsMax, policy.baseDelayMs * 2 ** (attempt - 1));
  return Math.floor(policy.random() * bound);
}

/**
 * Runs `attempt` until it succeeds, fails for good, or the attempts are used up; then the last failure is thrown.
 * @param isRetryable whether the same call may succeed a moment later
 */
export async function withRetries<T>(
  attempt: (number: number) => Promise<T>,
  isRetryable: (error: unknown) => boolean,
  policy: RetryPolicy,
): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt(number);
    } catch (error) {
      if (number >= policy.attemptsMax || !isRetryable(error)) {
        throw error;
      }
      await delay(retryDelayMs(number, policy));
    }
  }
}
