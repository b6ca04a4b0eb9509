/** What a stated event changes about the row that is there. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { normaliseAddress } from '../core/address.ts';
import type { AttendeeSpec, EventSpec } from '../core/event-spec.ts';

/** The fields that a generation counts, in the order in which people read them. */
export const ownFields = [
  'calendar',
  'schedule',
  'summary',
  'start',
  'end',
  'location',
  'description',
  'recurrence',
  'reminders',
  'labels',
  'sendUpdates',
  'allowTwin',
] as const satisfies readonly (keyof EventSpec)[];

export type OwnField = (typeof ownFields)[number];

/** The own fields in which two events differ; attendees are not among them. */
export function changedFields(stated: EventSpec, stored: EventSpec): readonly OwnField[] {
  return ownFields.filter((field) => !isDeepStrictEqual(stated[field], stored[field]));
}

export interface AttendeeChanges {
  /** New, or stated otherwise than they are. */
  readonly put: readonly AttendeeSpec[];
  readonly removed: readonly AttendeeSpec[];
}

/** Compares by mailbox. A list that is not stated changes nothing. */
export function attendeeChanges(stated: EventSpec['attendees'], stored: EventSpec['attendees']): AttendeeChanges {
  if (stated === null) return { put: [], removed: [] };
  const storedByMailbox = new Map((stored ?? []).map((attendee) => [normaliseAddress(attendee.email), attendee]));
  const statedMailboxes = new Set(stated.map((attendee) => normaliseAddress(attendee.email)));
  return {
    put: stated.filter((attendee) => !isAsStated(attendee, storedByMailbox.get(normaliseAddress(attendee.email)))),
    removed: [...storedByMailbox].filter(([mailbox]) => !statedMailboxes.has(mailbox)).map(([, attendee]) => attendee),
  };
}

/** One who is stated by address alone may be a person all the same: that is no change. */
function isAsStated(stated: AttendeeSpec, stored: AttendeeSpec | undefined): boolean {
  if (stored === undefined) return false;
  const isSamePerson = stated.person === undefined || stated.person === stored.person;
  const isSame = stated.displayName === stored.displayName && stated.optional === stored.optional;
  return isSamePerson && isSame && (stated.person !== undefined || stated.email === stored.email);
}
