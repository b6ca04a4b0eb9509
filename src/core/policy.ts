/** What calsync may do on a calendar at all. */
export type SyncPolicy = 'sync' | 'upsert-only' | 'create-only' | 'observe';
/** What a change of one of our fields by a person leads to. */
export type DriftPolicy = 'enforce' | 'adopt' | 'flag' | 'ignore';
/** What a deletion by a person leads to; `accept` cancels the row. */
export type OnDeletePolicy = 'recreate' | 'accept' | 'flag';
/** What a move by a person to another managed calendar leads to; `follow` moves the row. */
export type OnMovePolicy = 'flag' | 'move_back' | 'follow';
/** What is done with orphans, and with copies made by people. */
export type LeftoverPolicy = 'flag' | 'delete';

export const syncPolicies = ['sync', 'upsert-only', 'create-only', 'observe'] as const satisfies readonly SyncPolicy[];
export const driftPolicies = ['enforce', 'adopt', 'flag', 'ignore'] as const satisfies readonly DriftPolicy[];
export const onDeletePolicies = ['recreate', 'accept', 'flag'] as const satisfies readonly OnDeletePolicy[];
export const onMovePolicies = ['flag', 'move_back', 'follow'] as const satisfies readonly OnMovePolicy[];
export const leftoverPolicies = ['flag', 'delete'] as const satisfies readonly LeftoverPolicy[];

export interface CalendarPolicies {
  readonly policy: SyncPolicy;
  readonly drift: DriftPolicy;
  /** By field name, where it differs from `drift`. */
  readonly driftFields: Readonly<Record<string, DriftPolicy>>;
  readonly onDelete: OnDeletePolicy;
  readonly onMove: OnMovePolicy;
  readonly orphans: LeftoverPolicy;
  readonly duplicates: LeftoverPolicy;
}

/** Policies of one row, where they differ from its calendar's. */
export interface RowPolicies {
  readonly drift: DriftPolicy | null;
  readonly onDelete: OnDeletePolicy | null;
  readonly onMove: OnMovePolicy | null;
}

/** The field's own policy of the calendar wins over the row's, the row's over the calendar's general one. */
export function driftPolicyOf(field: string, calendar: CalendarPolicies, row: RowPolicies): DriftPolicy {
  return calendar.driftFields[field] ?? row.drift ?? calendar.drift;
}
