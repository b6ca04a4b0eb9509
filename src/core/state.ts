import type { EventSpec } from './event-spec.ts';
import type { GoogleEvent } from './google-event.ts';
import type { Mark } from './identity.ts';
import type { CalendarPolicies, RowPolicies } from './policy.ts';
import type { StatedEvent } from './stated-event.ts';

/**
 * The row of a key. `absent.revision` is where its counter stands, 0 for a key that never had a row; `absent.sendUpdates` is what the row
 * stated when it was withdrawn.
 */
export type Desired =
  | { readonly kind: 'live'; readonly row: DesiredRow }
  | { readonly kind: 'cancelled'; readonly row: DesiredRow }
  | { readonly kind: 'absent'; readonly revision: number; readonly sendUpdates: EventSpec['sendUpdates'] };

export interface DesiredRow {
  readonly spec: EventSpec;
  readonly generation: number;
  readonly revision: number;
  readonly policies: RowPolicies;
}

/** What was last written for a key, and where. Times in milliseconds. */
export interface Binding {
  readonly incarnation: number;
  readonly calendar: string;
  readonly eventId: string;
  readonly state: 'live' | 'gone' | 'retired';
  /** Of the answer or reading that goes with `applied`. */
  readonly etag: string | null;
  /** Null when the event was taken over and never written. */
  readonly applied: StatedEvent | null;
  readonly appliedHash: string | null;
  readonly appliedRevision: number;
  /** Null when the event was last seen to differ in something, so that equal etags prove nothing. */
  readonly answeredHash: string | null;
  readonly answeredStart: string | null;
  readonly answeredEnd: string | null;
  readonly hashVersion: number;
  readonly writtenAt: number | null;
  readonly unconfirmedSince: number | null;
}

/** An event of ours, or one that carries a mark, as the mirror or a read by id shows it. Occurrences are kept apart. */
export interface Sighting {
  readonly calendar: string;
  readonly eventId: string;
  readonly etag: string;
  readonly live: boolean;
  readonly mark: Mark | null;
  /** The body; null for a tombstone. */
  readonly event: GoogleEvent | null;
  /** RFC 3339, as Google says; decides which copy is the oldest. */
  readonly created: string | null;
  readonly seenAt: number;
  /** The event whose later dates a person took over with this one ("this and following"). */
  readonly restOf?: string;
  /** It stands for another key: whatever its mark says, it is none of this one's. */
  readonly standsElsewhere?: true;
}

/** A foreign event with the fingerprint of a key's desired or applied fields. */
export interface ForeignTwin {
  readonly calendar: string;
  readonly eventId: string;
}

/** An occurrence of a series of ours that a person changed or cancelled. */
export interface OccurrenceSighting {
  readonly calendar: string;
  readonly eventId: string;
  /** The series, or null for a stub that came without (P33). */
  readonly masterId: string | null;
  readonly originalStart: string | null;
  readonly live: boolean;
}

/** A call that was begun and whose end nobody knows. */
export interface UnsettledIntent {
  readonly id: number;
  readonly calendar: string;
  readonly key: string | null;
  readonly kind: 'create' | 'patch' | 'move' | 'delete';
  readonly eventId: string;
  readonly incarnation: number | null;
  readonly etag: string | null;
  readonly destination: string | null;
  readonly revision: number | null;
  readonly applied: StatedEvent | null;
  /** When it was written down, before the call. */
  readonly madeAt: number;
}

/** What a create or patch stated, however it ended. */
export interface BegunWrite {
  readonly eventId: string;
  readonly revision: number;
  readonly stated: StatedEvent;
}

/** A delete whose answer was lost, and that had not been done when the event was read. */
export interface UndoneDelete {
  readonly eventId: string;
  readonly etag: string;
  /** In milliseconds. */
  readonly madeAt: number;
}

/** Everything that the plan looks at for one key. */
export interface KeyState {
  readonly key: string;
  readonly desired: Desired;
  readonly bindings: readonly Binding[];
  readonly unsettled: UnsettledIntent | null;
  /** Whether a create of this key was ever begun: what tells withdrawn from never there. */
  readonly createIntended: boolean;
  /** What calls of this key stated that were begun for events of which no answer was noted. */
  readonly begun: readonly BegunWrite[];
  /** Deletes of this key that a reading showed to be not done. */
  readonly undoneDeletes: readonly UndoneDelete[];
  /** Events that carry our mark for the key, or an id that is bound to it or derived for it. */
  readonly sightings: readonly Sighting[];
  /** Ids that were read in this turn and answered with 404: `calendar` and `eventId`, joined by a space. */
  readonly notFound: ReadonlySet<string>;
  readonly foreignTwins: readonly ForeignTwin[];
  readonly occurrences: readonly OccurrenceSighting[];
  /** How often each field was put back in the last hour; `*` counts recreations. */
  readonly repairs: ReadonlyMap<string, number>;
  /** Fields of an open `contested` finding (`*` for the event itself). */
  readonly contested: ReadonlySet<string>;
  /** Other live keys with the same calendar, start, end and summary, unless a twin is allowed. */
  readonly rowTwins: readonly string[];
  /** Decisions of people on a hold of this key that still stand. */
  readonly approved: ReadonlySet<HoldKind>;
  /** Events that a person allowed to delete, by their ids. */
  readonly deletable: ReadonlySet<string>;
  /** Events whose deletion a person refused, by their ids: beside the one that stands for the key they are left. */
  readonly kept: ReadonlySet<string>;
}

export type HoldKind =
  | 'withdrawals'
  | 'recreates'
  | 'rekey'
  | 'lookalike'
  | 'deleted_with_copy'
  | 'table_older'
  | 'mark_taken';

/** What the plan knows of a calendar. */
export interface CalendarFacts extends CalendarPolicies {
  readonly id: string;
  readonly account: string;
  readonly timeZone: string;
  readonly namespace: 'live' | 'test';
  /** Its last listing was read to its end recently enough to decide by, in milliseconds; null when it is not. */
  readonly freshSince: number | null;
  /** It was last observed by the database in whose place a person has put this one since. */
  readonly beforeClaim: boolean;
  /** Google lets us read it now. */
  readonly readable: boolean;
  /** Its deletion in Google is confirmed. */
  readonly deleted: boolean;
}

/** What holds for every key of a plan. Times and spans in milliseconds. */
export interface PlanContext {
  readonly now: number;
  readonly installation: string;
  /** For how long after a write Google may not show it yet. */
  readonly graceMs: number;
  /** Events that ended longer ago are settled; null: never. */
  readonly settledAfterMs: number | null;
  readonly calendars: ReadonlyMap<string, CalendarFacts>;
}

/** Joins what `KeyState.notFound` holds. */
export function placeOf(calendar: string, eventId: string): string {
  return `${calendar} ${eventId}`;
}

/** Calendars on which a turn may have something to do for its keys: its own, and those where their rows and events are. */
export function calendarsOf(turnOf: string, states: readonly KeyState[]): ReadonlySet<string> {
  const others = states.flatMap(({ desired, sightings }) => [
    ...(desired.kind === 'absent' ? [] : [desired.row.spec.calendar]),
    ...sightings.map(({ calendar }) => calendar),
  ]);
  return new Set([turnOf, ...others]);
}

/** The binding whose event stands for the key, also when the event is gone. */
export function liveBindingOf(state: Pick<KeyState, 'bindings'>): Binding | null {
  return state.bindings.find((binding) => binding.state !== 'retired') ?? null;
}
