import { mergeAttendees, newAttendee } from './attendee-diff.ts';
import type { EventTime } from './event-spec.ts';
import type { GoogleEvent, GoogleEventBody, GoogleEventTime } from './google-event.ts';
import { type Mark, markAsProperties } from './identity.ts';
import type { FieldName, StatedEvent } from './stated-event.ts';

/** The body that creates an event: what the row states, our id and our mark. */
export function insertBody(
  stated: StatedEvent,
  eventId: string,
  mark: Mark,
): GoogleEventBody & { readonly id: string } {
  return {
    id: eventId,
    ...(stated.summary === null ? {} : { summary: stated.summary }),
    ...(stated.description === null ? {} : { description: stated.description }),
    ...(stated.location === null ? {} : { location: stated.location }),
    start: timeBody(stated.start, false),
    end: timeBody(stated.end, false),
    ...(stated.recurrence === null || stated.recurrence.length === 0 ? {} : { recurrence: stated.recurrence }),
    ...(stated.reminders === null ? {} : { reminders: remindersBody(stated.reminders) }),
    ...(stated.attendees.length === 0 ? {} : { attendees: stated.attendees.map(newAttendee) }),
    extendedProperties: { private: markAsProperties(mark) },
  };
}

/** Which differences of guests are left as they are: normal addresses. */
export interface PatchScope {
  readonly fields: readonly FieldName[];
  readonly leaveGuests: ReadonlySet<string>;
}

/**
 * The body that changes the named fields and puts the mark back. A field that is stated no longer is cleared; guests go out as the whole
 * list that `observed` shows, changed in our entries alone, so it must be sent with the etag of that very reading.
 */
export function patchBody(
  stated: StatedEvent,
  applied: StatedEvent | null,
  observed: GoogleEvent,
  scope: PatchScope,
  mark: Mark,
): GoogleEventBody {
  const body: { -readonly [Name in keyof GoogleEventBody]: GoogleEventBody[Name] } = {
    extendedProperties: { private: markAsProperties(mark) },
  };
  for (const field of scope.fields) {
    switch (field) {
      case 'summary':
      case 'description':
      case 'location':
        body[field] = stated[field];
        break;
      case 'recurrence':
        body.recurrence = stated.recurrence ?? [];
        break;
      case 'reminders':
        body.reminders = stated.reminders === null ? { useDefault: true } : remindersBody(stated.reminders);
        break;
      case 'start':
      case 'end':
        body[field] = timeBody(stated[field], true);
        // One kind of time cannot stand beside the other: when the kind changes, both ends go out.
        if (isAllDay(observed) !== (stated.start.kind === 'date')) {
          body.start = timeBody(stated.start, true);
          body.end = timeBody(stated.end, true);
        }
        break;
      case 'attendees':
        body.attendees = mergeAttendees(
          stated.attendees,
          applied?.attendees ?? null,
          observed.attendees ?? [],
          scope.leaveGuests,
        );
        break;
    }
  }
  return body;
}

function isAllDay(observed: GoogleEvent): boolean {
  return typeof observed.start?.date === 'string';
}

/** Local time and zone go out, never an offset of ours: Google's zone rules decide (P31). The caller's own offset does. */
function timeBody(time: EventTime, clearOtherKind: boolean): GoogleEventTime {
  if (time.kind === 'date')
    return clearOtherKind ? { date: time.date, dateTime: null, timeZone: null } : { date: time.date };
  const dateTime = `${time.local}${time.offset ?? ''}`;
  return clearOtherKind ? { date: null, dateTime, timeZone: time.zone } : { dateTime, timeZone: time.zone };
}

function remindersBody(reminders: NonNullable<StatedEvent['reminders']>): NonNullable<GoogleEventBody['reminders']> {
  return { useDefault: reminders.useDefault, overrides: reminders.useDefault ? [] : reminders.overrides };
}

/** Whether Google shows any guest; what decides if a cancelled event can leave copies behind. */
export function hasGuests(observed: GoogleEvent | null): boolean {
  return (
    observed === null || (observed.attendees ?? []).some((entry) => entry.self !== true && entry.organizer !== true)
  );
}
