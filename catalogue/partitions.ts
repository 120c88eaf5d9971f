/** A table that is partitioned by quarters of a time column. */
export interface Partitioned {
  readonly database: string;
  readonly table: string;
  readonly column: string;
  /** Quarters after the current one that have a partition already. */
  readonly ahead: number;
  /** Quarters before the current one that are kept; older ones are dropped. */
  readonly keep: number;
}

export const partitioned: readonly Partitioned[] = [
  // Health records are kept for fifteen years, as clinics must keep theirs.
  { database: "health", table: "user_health_data", column: "created_at", ahead: 2, keep: 60 },
];
