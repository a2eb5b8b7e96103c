const BASE_MS = 200;
/** Longer than this a client is not kept waiting; it is told how long to wait instead. */
const DELAY_MS_MAX = 5_000;

/**
 * Milliseconds to wait before the same target is tried again: full jitter, anything between nothing and an exponential
 * bound, on top of what Bedrock asks for, so that not all it asked to wait come back at once. Null when that is too long.
 * @param tries attempts at the target so far
 * @param random from 0 to 1
 */
export function retryDelayMs(tries: number, retryAfterMs: number | undefined, random: number): number | null {
  const jitterMs = Math.floor(random * Math.min(DELAY_MS_MAX, BASE_MS * 2 ** (tries - 1)));
  return retryAfterMs !== undefined && retryAfterMs > DELAY_MS_MAX ? null : (retryAfterMs ?? 0) + jitterMs;
}
