/** Which events are rated again. */
export interface RerateQuery {
  from: Date;
  to: Date;
  tenantId: string | null;
  /** Base model id, as prices have it. */
  model: string | null;
}

/** What re-rating changes of one tenant and model. Amounts are pico-USD. */
export interface RerateGroup {
  tenantId: string;
  model: string;
  /** Events whose cost changes. */
  changed: number;
  /** Of these, those that had no price before. */
  priced: number;
  before: bigint;
  after: bigint;
}

export interface RerateResult {
  query: RerateQuery;
  dryRun: boolean;
  /** Events that were looked at. */
  events: number;
  /** Events that no known price rates, or whose usage is not known: they stay as they are. */
  unrated: number;
  groups: RerateGroup[];
  /** Adjustments that stand in the current month, because that of their event is locked. */
  landedLater: number;
}

/** One event as it stands in the ledger, with what has been adjusted so far. */
export interface RateableEvent {
  tenantId: string;
  id: string;
  /** Where it stands, in ISO 8601 to the microsecond, which a Date does not hold. */
  at: string;
  model: string;
  /** Null when it is not known yet. */
  costPicoUsd: bigint | null;
  revision: number;
}
