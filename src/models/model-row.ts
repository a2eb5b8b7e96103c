import type { ModelCapabilities } from './model-entry.js';

/** Geographies that inference profile ids begin with. */
export type GeoPrefix = 'us' | 'eu' | 'apac' | 'jp' | 'au' | 'ca' | 'in' | 'us-gov' | 'global';

/** One foundation model of the capability table. */
export interface ModelRow {
  /** Base id, without geography prefix. */
  id: string;
  name: string;
  /** Geographies that have a system-defined inference profile of this model. */
  profiles: readonly GeoPrefix[];
  /** The base id alone is refused: "on-demand throughput isn't supported". */
  needsProfile: boolean;
  /** Past its end of life: Bedrock answers 404. */
  retired: boolean;
  capabilities: ModelCapabilities;
}
