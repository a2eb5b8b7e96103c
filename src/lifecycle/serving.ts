import type { FirstKeys } from './startup-text.js';

/** What serves: this process or its workers. */
export interface Serving {
  readonly port: number;
  /** The keys of a new installation; null at every start after the first. */
  readonly firstKeys: FirstKeys | null;
  /** Stops accepting, lets running requests finish within the grace time, and flushes what is to be written. */
  close(): Promise<void>;
  /** Ends what outlives this process, without waiting for it. */
  abandon(): void;
}
