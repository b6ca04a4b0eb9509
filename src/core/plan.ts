import type { EventStatus } from './event-status.ts';
import type { FieldDifference } from './field-diff.ts';
import type { GoogleEvent } from './google-event.ts';
import type { SendUpdates } from './ports.ts';
import type { HoldKind } from './state.ts';
import type { FieldName, StatedEvent } from './stated-event.ts';

/*
 * What a plan is made of. Decisions are data: what acts on them makes no choices.
 */

/** One changing call to Google. At most one per key and plan. */
export type Call = CreateCall | PatchCall | MoveCall | DeleteCall;

interface CallBase {
  readonly key: string;
  readonly calendar: string;
  readonly eventId: string;
  readonly sendUpdates: SendUpdates;
  /** The revision on which it rests; also the one in the mark that goes out. */
  readonly revision: number;
  /** Fields of a person's change that it undoes; `*` for the event itself, `calendar` for its place. Counted for `contested`. */
  readonly repairs: readonly string[];
}

export interface CreateCall extends CallBase {
  readonly kind: 'create';
  readonly incarnation: number;
  readonly stated: StatedEvent;
  readonly cause: 'new' | 'deleted' | 'missing';
  /** Other live events of the key are there: once this one stands they are too many, and the key is planned again. */
  readonly beside?: true;
}

export interface PatchCall extends CallBase {
  readonly kind: 'patch';
  readonly etag: string;
  readonly fields: readonly FieldName[];
  readonly stated: StatedEvent;
  readonly applied: StatedEvent | null;
  /** The reading on which it rests and whose etag it sends. */
  readonly observed: GoogleEvent;
  /** Normal addresses whose difference is left as it is. */
  readonly leaveGuests: readonly string[];
}

export interface MoveCall extends CallBase {
  readonly kind: 'move';
  readonly etag: string;
  readonly destination: string;
}

export interface DeleteCall extends CallBase {
  readonly kind: 'delete';
  readonly etag: string;
  readonly cause: 'withdrawn' | 'cancelled' | 'duplicate' | 'orphan';
  /** What was last written to it; null where that is not known, or it is not the bound event. */
  readonly applied: StatedEvent | null;
}

/** A change of our own records that needs no call. */
export type RecordChange =
  | {
      /** This event stands for the key from now on; a live binding before it is retired. */
      readonly kind: 'bind';
      readonly calendar: string;
      readonly eventId: string;
      readonly incarnation: number;
    }
  | {
      /** The event as observed is what the row states. */
      readonly kind: 'in_sync';
      /** False when something differs that is only listed (`ignore`, `zone_rules_differ`): the next plan compares again. */
      readonly exact: boolean;
      readonly etag: string;
      readonly revision: number;
      readonly stated: StatedEvent;
      readonly observed: GoogleEvent;
    }
  | { readonly kind: 'gone' }
  | { readonly kind: 'retire' };

/** A change of the desired state that a policy makes, through the write path. */
export type DesiredChange =
  | { readonly kind: 'adopt'; readonly fields: readonly FieldName[]; readonly observed: GoogleEvent }
  | { readonly kind: 'cancel'; readonly generation: number }
  | { readonly kind: 'follow'; readonly calendar: string };

export type ItemKind =
  | 'pending'
  | 'drift'
  | 'conflict'
  | 'withdrawn'
  | 'orphan'
  | 'duplicate'
  | 'lookalike'
  | 'missing'
  | 'moved'
  | 'deleted'
  | 'contested'
  | 'occurrence'
  | 'twin'
  | 'zone_rules_differ'
  | 'guest_copies_may_remain';

/** What a finding may be: an item of a plan, a row that Google refuses, or guests whose address does not work. */
export type FindingKind = ItemKind | 'rejected' | 'unreachable';

/** One line of a diff: what differs, what will be done, and why. */
export interface PlanItem {
  readonly action: 'create' | 'patch' | 'move' | 'delete' | 'recreate' | 'adopt' | 'none';
  readonly kind: ItemKind;
  readonly calendar: string;
  readonly eventId: string | null;
  readonly fields: readonly FieldDifference[];
  /** One sentence, without event text. */
  readonly reason: string;
  readonly withheld: 'policy' | 'guard' | null;
  /** It stays open until a person decides, so the calendar is not in sync. */
  readonly flagged: boolean;
}

/** A set that waits for a person. */
export interface HoldWish {
  readonly kind: HoldKind;
  readonly calendar: string;
  readonly eventId: string;
  readonly reason: string;
}

/** The plan sees no parking: a parked key comes to it like any other. */
export type KeyStatus = Exclude<EventStatus, 'parked'>;

/** Names of the rows of the truth table, in its order. */
export const rowNames = [
  'unsettled',
  'not_fresh',
  'table_older',
  'settled',
  'mark_taken',
  'arrived',
  'move',
  'moved_by_hand',
  'take_over',
  'lookalike',
  'create',
  'read_first',
  'deleted_with_copy',
  'look_elsewhere',
  'deleted_and_changed',
  'deleted',
  'missing',
  'calendar_deleted',
  'compare',
  'delete',
  'late_create',
  'ended',
  'nothing',
] as const;

export type RowName = (typeof rowNames)[number];

/** What is to be done for one key. */
export interface Outcome {
  readonly key: string;
  /** The revision that was planned. */
  readonly revision: number;
  /** The row of the truth table that decided. */
  readonly row: RowName;
  readonly status: KeyStatus;
  readonly reason: string;
  readonly items: readonly PlanItem[];
  readonly call: Call | null;
  /** Deletions of further marked events of the key, beside its own call. */
  readonly leftovers: readonly DeleteCall[];
  readonly records: readonly RecordChange[];
  readonly desiredChange: DesiredChange | null;
  readonly hold: HoldWish | null;
  /** Events to read by id before the key can be decided. */
  readonly reads: readonly { readonly calendar: string; readonly eventId: string }[];
  /** Calendars to list before the key can be decided. */
  readonly pulls: readonly string[];
  /** Milliseconds after which the key is to be looked at again, null when only a change matters. */
  readonly againInMs: number | null;
}
