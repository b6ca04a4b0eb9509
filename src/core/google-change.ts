/** Whose change it is that Google shows of an event of ours: ours, whose answer was lost, or somebody else's. */
import { normaliseAddress } from './address.ts';
import { diffFields } from './field-diff.ts';
import type { GoogleEvent } from './google-event.ts';
import { emptyText, normalObservedText, textFieldNames } from './normal-form.ts';
import { type NormalTime, normalObservedTime } from './normal-time.ts';
import { type FieldName, fieldNames, type StatedEvent } from './stated-event.ts';

/** An event as the history keeps it: where it is, how it stands, and the fields that calsync reads. */
export type ShownEvent = Omit<GoogleEvent, 'id' | 'etag' | 'created' | 'eventType' | 'extendedProperties'> & {
  readonly calendar: string;
  readonly eventId: string;
  /** Of an occurrence: when it would have started. */
  readonly originalStart?: string | null;
};

export interface GoogleChange {
  /** `google_answered`: one guest, who alone is in `attendees` of before and after. */
  readonly kind: 'google_changed' | 'google_deleted' | 'google_answered';
  /** Where it was seen. */
  readonly calendar: string;
  /** Google's id of the occurrence, if it is about one. */
  readonly occurrence: string | null;
  readonly before: ShownEvent | null;
  readonly after: ShownEvent;
}

/** A call of ours for the event, made since the state before was seen. */
export interface CallSince {
  readonly kind: 'create' | 'patch' | 'move' | 'delete';
  /** Null while nobody knows how it ended. */
  readonly outcome: 'done' | 'not_done' | 'overtaken' | null;
  readonly destination: string | null;
  /** What a create or patch wrote. */
  readonly applied: StatedEvent | null;
}

/**
 * | since the state before was seen | the change |
 * | --- | --- |
 * | a call is open | not known yet: how it ended is read first |
 * | no call | theirs |
 * | any call | an answer that is none again: ours, for Google may ask guests anew when an event is written; our writes carry every other one along |
 * | any call | any other answer: theirs |
 * | a delete, however it was taken to have ended (it may land late) | gone: ours |
 * | any call for the series | an occurrence: ours, for a series takes its occurrences along |
 * | a move to where it is now | ours |
 * | a create or patch that wrote what is shown, in every field that changed | ours |
 * | otherwise | theirs |
 */
export type Origin = 'ours' | 'theirs' | 'not_known_yet';

export function originOf(change: GoogleChange, calls: readonly CallSince[], calendarZone: string): Origin {
  if (calls.some(({ outcome }) => outcome === null)) return 'not_known_yet';
  if (change.kind === 'google_answered') return calls.length > 0 && isUnanswered(change.after) ? 'ours' : 'theirs';
  if (change.kind === 'google_deleted') return calls.some(({ kind }) => kind === 'delete') ? 'ours' : 'theirs';
  if (change.occurrence !== null) return calls.length > 0 ? 'ours' : 'theirs';
  if (calls.some(({ kind, destination }) => kind === 'move' && destination === change.calendar)) return 'ours';
  return calls.some(({ applied }) => applied !== null && isAsWritten(applied, change, calendarZone))
    ? 'ours'
    : 'theirs';
}

function isUnanswered({ attendees }: ShownEvent): boolean {
  return (attendees ?? []).every(
    ({ responseStatus }) => responseStatus === undefined || responseStatus === 'needsAction',
  );
}

/** Only the fields that changed are looked at: what a patch left alone says nothing. One that it does not state it can only have cleared. */
function isAsWritten(applied: StatedEvent, { before, after }: GoogleChange, calendarZone: string): boolean {
  if ((before?.status === 'cancelled') !== (after.status === 'cancelled')) return false;
  const shown = asGoogleEvent(after);
  const base = { stated: applied, answeredStart: null, answeredEnd: null };
  const unlike = new Set(
    diffFields(applied, base, shown, calendarZone)
      .filter(({ kind }) => kind !== 'zone_rules_differ')
      .map(({ field }) => field),
  );
  const changed = before === null ? fieldNames : changedInGoogle(before, after, calendarZone);
  return changed.every((field) => {
    if (unlike.has(field)) return false;
    if (field === 'attendees') return before === null || guestsAreWritten(applied, asGoogleEvent(before), shown);
    const isUnstated = field !== 'start' && field !== 'end' && applied[field] === null;
    return !isUnstated || normalObservedText(field, shown) === emptyText(field);
  });
}

/** Whoever came is stated, and whoever went is not. */
function guestsAreWritten(applied: StatedEvent, before: GoogleEvent, after: GoogleEvent): boolean {
  const stated = new Set(applied.attendees.map(({ email }) => normaliseAddress(email)));
  const [was, is] = [before, after].map(
    (event) => new Set((event.attendees ?? []).map(({ email }) => normaliseAddress(email ?? ''))),
  ) as [Set<string>, Set<string>]; // two of two
  return (
    [...is].every((guest) => was.has(guest) || stated.has(guest)) &&
    [...was].every((guest) => is.has(guest) || !stated.has(guest))
  );
}

/** The fields in which two states of an event differ, in the normal form, in the order in which people read them. */
function changedInGoogle(before: ShownEvent, after: ShownEvent, calendarZone: string): readonly FieldName[] {
  const [was, is] = [asGoogleEvent(before), asGoogleEvent(after)];
  const changed = new Set<FieldName>(
    textFieldNames.filter((field) => normalObservedText(field, was) !== normalObservedText(field, is)),
  );
  for (const end of ['start', 'end'] as const) {
    if (timeText(was[end], calendarZone) !== timeText(is[end], calendarZone)) changed.add(end);
  }
  if (guestsText(was) !== guestsText(is)) changed.add('attendees');
  return fieldNames.filter((field) => changed.has(field));
}

function asGoogleEvent({ calendar: _, originalStart: __, eventId, ...event }: ShownEvent): GoogleEvent {
  return { ...event, id: eventId };
}

function timeText(time: GoogleEvent['start'], calendarZone: string): string {
  const normal: NormalTime | null = normalObservedTime(time, calendarZone);
  if (normal === null) return '';
  return normal.kind === 'date' ? normal.date : `${normal.epochMs} ${normal.zone}`;
}

function guestsText(event: GoogleEvent): string {
  return (event.attendees ?? [])
    .map(({ email, optional }) => `${normaliseAddress(email ?? '')} ${optional === true}`)
    .sort()
    .join('\n');
}
