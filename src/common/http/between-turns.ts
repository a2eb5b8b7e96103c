/** From so many bytes on, each step of a request takes milliseconds. */
const LONG_BYTES = 64 * 1024;

export function isLong(bytes: number): boolean {
  return bytes >= LONG_BYTES;
}

/**
 * Lets others have their turn of the event loop before the next step of a long request: all steps together would keep
 * them waiting for tens of milliseconds. Answers at once for a short one.
 */
export function betweenTurns(bytes: number): Promise<void> | undefined {
  return isLong(bytes) ? new Promise((resolve) => setImmediate(resolve)) : undefined;
}
