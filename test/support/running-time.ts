const TICK_MS = 10;
const COUNTED_MAX_MS = 2 * TICK_MS;

/**
 * How long the work takes, in milliseconds, without the time in which this process stood still, as on a busy machine: what
 * others do meanwhile is not what is measured.
 */
export async function runningTime(work: () => Promise<unknown>): Promise<number> {
  let ms = 0;
  let lookedAt = performance.now();
  const look = () => {
    const now = performance.now();
    ms += Math.min(now - lookedAt, COUNTED_MAX_MS);
    lookedAt = now;
  };
  const ticks = setInterval(look, TICK_MS);
  try {
    await work();
    look();
    return ms;
  } finally {
    clearInterval(ticks);
  }
}
