/** What Google shows, as changes of the table. */
import { normaliseAddress } from '../core/address.ts';
import type { EventTime } from '../core/event-spec.ts';
import type { GoogleEvent } from '../core/google-event.ts';
import { asDesiredTime, normalObservedTime } from '../core/normal-time.ts';
import type { FieldName } from '../core/stated-event.ts';
import { isTimeZone, sameTimeZone } from '../core/time-zone.ts';
import type { Db } from '../store/database.ts';
import { readDesired } from '../store/desired.ts';
import type { Writer } from '../store/transaction.ts';
import { removeAttendeesOf } from '../write/attendees.ts';
import type { EventPatch } from '../write/patch.ts';
import type { WriteResult } from '../write/result.ts';

/** Whoever changed it there. */
export const byGoogle = { actor: 'a person in Google Calendar', door: 'engine', source: 'google' } as const;

/** The fields as a person left them. */
export function patchFrom(fields: readonly FieldName[], observed: GoogleEvent, calendarZone: string): EventPatch {
  const patch: { -readonly [Field in keyof EventPatch]: EventPatch[Field] } = {};
  for (const field of fields) {
    switch (field) {
      case 'summary':
      case 'description':
      case 'location':
        patch[field] = observed[field] ?? '';
        break;
      case 'start':
      case 'end': {
        const shown = adoptedTime(observed[field], calendarZone);
        if (shown !== null) patch[field] = shown;
        break;
      }
      case 'recurrence':
        patch.recurrence = observed.recurrence ?? [];
        break;
      case 'reminders':
        patch.reminders = {
          useDefault: observed.reminders?.useDefault ?? true,
          overrides: observed.reminders?.overrides ?? [],
        };
        break;
      case 'attendees':
        break;
    }
  }
  return patch;
}

/** Under the name that Google gives its zone, not under that by which zones are compared. */
function adoptedTime(observed: GoogleEvent['start'], calendarZone: string): EventTime | null {
  const shown = normalObservedTime(observed, calendarZone);
  if (shown === null) return null;
  const time = asDesiredTime(shown);
  const named = observed?.timeZone ?? calendarZone;
  return time.kind === 'time' && isTimeZone(named) && sameTimeZone(named, time.zone) ? { ...time, zone: named } : time;
}

/** A guest of ours whom a person removed is no guest any more. */
export async function dropAbsentGuests(
  db: Db,
  key: string,
  observed: GoogleEvent,
  writer: Writer,
): Promise<WriteResult> {
  const shown = new Set((observed.attendees ?? []).map(({ email }) => normaliseAddress(email ?? '')));
  const guests = (await readDesired(db, [key])).get(key)?.spec.attendees ?? [];
  const absent = guests.map(({ email }) => email).filter((email) => !shown.has(normaliseAddress(email)));
  return removeAttendeesOf(db, key, absent, writer);
}
