/** A month (UTC) whose events no longer change. */
export interface LockedMonth {
  /** Its first moment. */
  month: Date;
  lockedAt: Date;
  /** Id of the operator. */
  lockedBy: string;
  /** Events of this month that came after the lock and stand in a later one. */
  lateEvents: number;
  /** Adjustments of its events that stand in a later month. */
  adjustments: number;
}
