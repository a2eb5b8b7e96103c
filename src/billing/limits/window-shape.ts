import type { LimitWindow } from './rate-limit.js';

/**
 * A window slides in steps of one bucket. What was taken counts until its whole bucket is older than the window, so
 * that no span of the window's length ever holds more than the limit; the price is that up to one bucket in
 * `bucketCount` of the throughput is not used.
 */
export interface WindowShape {
  bucketMs: number;
  bucketCount: number;
}

export const WINDOW_SHAPES: Readonly<Record<LimitWindow, WindowShape>> = {
  minute: { bucketMs: 500, bucketCount: 120 },
  day: { bucketMs: 300_000, bucketCount: 288 },
};
