import { type AttendeeDifference, diffAttendees } from './attendee-diff.ts';
import type { EventTime } from './event-spec.ts';
import type { GoogleEvent } from './google-event.ts';
import { emptyText, normalObservedText, normalStatedText, type TextFieldName, textFieldNames } from './normal-form.ts';
import {
  compareTimes,
  type NormalTime,
  normalObservedTime,
  readableTime,
  sameDesiredTime,
  withImpliedOffset,
} from './normal-time.ts';
import { type FieldName, fieldNames, type StatedEvent } from './stated-event.ts';
import { resolveWallClock } from './wall-clock.ts';

/**
 * How one field differs. `pending`: the wish moved; `drift`: the world moved; `conflict`: both did; `zone_rules_differ`: the same
 * wall clock, but our zone rules and Google's give two instants.
 */
export interface FieldDifference {
  readonly field: FieldName;
  readonly kind: 'pending' | 'drift' | 'conflict' | 'zone_rules_differ';
  /** For people, as text; null where nothing is stated, was written or is shown. */
  readonly desired: string | null;
  readonly applied: string | null;
  readonly observed: string | null;
  /** For attendees: which guests the kind is about. */
  readonly guests?: readonly AttendeeDifference[];
}

/** What was last written, as the merge base; null when the event was never written by us. */
export interface MergeBase {
  readonly stated: StatedEvent;
  readonly answeredStart: string | null;
  readonly answeredEnd: string | null;
}

/** Compares desired, applied and observed field by field; only fields that the row states, or that were applied, are looked at. */
export function diffFields(
  desired: StatedEvent,
  base: MergeBase | null,
  observed: GoogleEvent,
  calendarZone: string,
): readonly FieldDifference[] {
  const found = [
    ...textFieldNames.map((field) => diffText(field, desired, base, observed)),
    diffTime('start', desired, base, observed, calendarZone),
    diffTime('end', desired, base, observed, calendarZone),
    ...diffGuests(desired, base, observed),
  ].filter((difference) => difference !== null);
  return found.sort((a, b) => fieldNames.indexOf(a.field) - fieldNames.indexOf(b.field));
}

function diffText(
  field: TextFieldName,
  desired: StatedEvent,
  base: MergeBase | null,
  observed: GoogleEvent,
): FieldDifference | null {
  // What is the same to the letter is the same in normal form: most fields of most events, at a fraction of the price.
  if (desired[field] === observed[field]) return null;
  const stated = normalStatedText(field, desired);
  const before =
    base === null ? null : base.stated[field] === desired[field] ? stated : normalStatedText(field, base.stated);
  // Stated no longer: cleared once, then left alone.
  if (stated === null && before === null) return null;
  const wish = stated ?? emptyText(field);
  const shown = normalObservedText(field, observed);
  if (wish === shown) return null;
  // Where nothing was written, anything that is shown is somebody's: it is overwritten like any other change of theirs, and recorded.
  const written = before ?? emptyText(field);
  const kind = written === shown ? 'pending' : written === stated ? 'drift' : 'conflict';
  return { field, kind, desired: stated, applied: before, observed: shown };
}

function diffTime(
  field: 'start' | 'end',
  desired: StatedEvent,
  base: MergeBase | null,
  observed: GoogleEvent,
  calendarZone: string,
): FieldDifference | null {
  const wish = desired[field];
  const applied = base === null ? null : base.stated[field];
  const answered = base === null ? null : field === 'start' ? base.answeredStart : base.answeredEnd;
  const shown = normalObservedTime(observed[field], calendarZone);
  const isSeries = (observed.recurrence?.length ?? 0) > 0 || (desired.recurrence?.length ?? 0) > 0;
  const verdict = compareTimes(wish, shown, { isSeries, applied, answered });
  if (verdict === 'equal') return null;
  const difference = {
    field,
    desired: readableTime(wish),
    applied: applied === null ? null : readableTime(applied),
    observed: shown === null ? null : readableTime(shown),
  };
  if (verdict === 'zone_rules_differ') return { ...difference, ...bothRules(wish, shown), kind: 'zone_rules_differ' };
  const wishMoved = applied === null || !sameDesiredTime(wish, applied);
  const worldMoved = applied !== null && compareTimes(applied, shown, { isSeries, applied, answered }) === 'different';
  return { ...difference, kind: !wishMoved ? 'drift' : worldMoved ? 'conflict' : 'pending' };
}

/** The same local time twice, with the offset that either side's rules give the zone then. */
function bothRules(wish: EventTime, shown: NormalTime | null): Pick<FieldDifference, 'desired' | 'observed'> {
  if (wish.kind === 'date' || shown === null || shown.kind === 'date') return { desired: null, observed: null };
  const ours = resolveWallClock(wish.local, wish.zone, wish.offset).epochMs;
  return {
    desired: readableTime(withImpliedOffset(wish, ours)),
    observed: readableTime(withImpliedOffset(wish, shown.epochMs)),
  };
}

function diffGuests(desired: StatedEvent, base: MergeBase | null, observed: GoogleEvent): readonly FieldDifference[] {
  // A list that is not whole says nothing, and written back it would uninvite the rest (API facts §2.3).
  if (observed.attendeesOmitted === true) return [];
  const guests = diffAttendees(desired.attendees, base?.stated.attendees ?? null, observed.attendees ?? []);
  const pending = guests.filter(({ kind }) => kind === 'added' || kind === 'removed' || kind === 'wishedRole');
  const drift = guests.filter(({ kind }) => kind === 'missing' || kind === 'role');
  const addresses = (entries: readonly { readonly email?: string }[]) =>
    entries
      .map(({ email }) => (email ?? '').toLowerCase())
      .sort()
      .join(', ');
  const shown = {
    field: 'attendees' as const,
    desired: addresses(desired.attendees),
    applied: base === null ? null : addresses(base.stated.attendees),
    observed: addresses(observed.attendees ?? []),
  };
  return [
    ...(pending.length > 0 ? [{ ...shown, kind: 'pending' as const, guests: pending }] : []),
    ...(drift.length > 0 ? [{ ...shown, kind: 'drift' as const, guests: drift }] : []),
  ];
}
