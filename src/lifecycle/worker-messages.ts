import type { ResolvedSettings } from '../config/app-config.js';
import type { FirstKeys } from './startup-text.js';

/** What the primary process tells a worker. */
export type ToWorker = { kind: 'serve'; settings: ResolvedSettings } | { kind: 'stop' };

/** What a worker tells the primary process. */
export type ToPrimary =
  | { kind: 'booted' }
  | { kind: 'ready'; port: number; firstKeys: FirstKeys | null }
  | { kind: 'failed'; message: string };
