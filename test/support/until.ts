import { setTimeout as delay } from 'node:timers/promises';

const STEP_MS = 20;
const TIMEOUT_MS = 15_000;

/** Waits for a condition instead of a time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Waited ${timeoutMs} ms in vain for: ${what}`);
    await delay(STEP_MS);
  }
}
