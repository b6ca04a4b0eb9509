import { renderWhen } from './event-times.ts';
import type { Actor, Attendee, CalendarRow, EventRow, Json, JsonObject, Role } from './model.ts';
import type { Zones } from './zones.ts';

/** How a caller sees events: who asks, with what role, in which zone instants are shown. */
export interface EventView {
  readonly calendar: CalendarRow;
  readonly role: Role;
  readonly email: string;
  readonly shownZone: string;
  readonly zones: Zones;
  readonly maxAttendees?: number;
  /** A deleted event shows its details; without, only its id (API facts §1.3). */
  readonly deletedDetails: boolean;
}

/** An event as an answer shows it, fields in the order of recorded answers. */
export function renderEvent(row: EventRow, view: EventView): JsonObject {
  if (row.status === 'cancelled') {
    if (row.originalStart !== undefined) return cancelledOccurrence(row, view);
    if (row.stub === true || !view.deletedDetails) return bare(row);
  }
  return hidesDetails(row, view.role) ? freeBusy(row, view) : details(row, view);
}

export function quoted(etag: number): string {
  return `"${etag}"`;
}

function bare(row: EventRow): JsonObject {
  return { kind: 'calendar#event', etag: quoted(row.etag), id: row.id, status: row.status };
}

/** Measured (§1.3): id, status, series and original start; nothing else. */
function cancelledOccurrence(row: EventRow, view: EventView): JsonObject {
  return { ...bare(row), ...series(row, view) };
}

function hidesDetails({ content }: EventRow, role: Role): boolean {
  if (role === 'freeBusyReader') return true;
  const secret = content.visibility === 'private' || content.visibility === 'confidential';
  return secret && (role === 'writerWithoutPrivateAccess' || role === 'reader');
}

function freeBusy(row: EventRow, view: EventView): JsonObject {
  const { visibility, transparency } = row.content;
  return {
    ...bare(row),
    start: renderWhen(row.start, view.shownZone, view.zones),
    end: renderWhen(row.end, view.shownZone, view.zones),
    ...series(row, view),
    ...(visibility === undefined ? {} : { visibility }),
    ...(transparency === undefined ? {} : { transparency }),
    iCalUID: row.iCalUID,
  };
}

function details(row: EventRow, view: EventView): JsonObject {
  const { attendees, reminders, recurrence, summary, description, location, source, ...rest } = row.content;
  const flags = {
    ...(row.locked === true ? { locked: true } : {}),
    ...(row.privateCopy === true ? { privateCopy: true } : {}),
  };
  return {
    ...bare(row),
    htmlLink: htmlLink(row.id, view.calendar.id),
    created: `${new Date(row.createdMs).toISOString().slice(0, 19)}.000Z`,
    updated: new Date(row.updatedMs).toISOString(),
    ...present({ summary, description, location }),
    creator: actor(row.creator, view.calendar),
    organizer: actor(row.organizer, view.calendar),
    start: renderWhen(row.start, view.shownZone, view.zones),
    end: renderWhen(row.end, view.shownZone, view.zones),
    ...present({ recurrence }),
    ...series(row, view),
    iCalUID: row.iCalUID,
    sequence: row.sequence,
    ...guests(attendees, row, view),
    ...(rest as JsonObject),
    ...flags,
    // Only its creator sees where an event came from (API facts §2.3).
    ...(source !== undefined && row.creator.email === view.email ? { source } : {}),
    reminders: reminders as unknown as JsonObject,
    eventType: row.eventType,
  };
}

function series(row: EventRow, view: EventView): JsonObject {
  if (row.recurringEventId === undefined || row.originalStart === undefined) return {};
  const originalStartTime = renderWhen(row.originalStart, view.shownZone, view.zones);
  return { recurringEventId: row.recurringEventId, originalStartTime };
}

function guests(attendees: readonly Attendee[] | undefined, row: EventRow, view: EventView): JsonObject {
  if (attendees === undefined) return {};
  const shown = attendees.map((attendee): JsonObject => {
    // `self` is relative to the calendar in the URL, not to the caller (§4, probe row 50).
    const self = attendee.email === view.calendar.id ? { self: true } : {};
    const organizer = attendee.email === row.organizer.email ? { organizer: true } : {};
    return { ...attendee, ...organizer, ...self };
  });
  const hidden = row.copyOf !== undefined && row.content.guestsCanSeeOtherGuests === false;
  const tooMany = view.maxAttendees !== undefined && attendees.length > view.maxAttendees;
  if (!hidden && !tooMany) return { attendees: shown };
  const own = shown.filter(({ email }) => email === view.email || (hidden && email === view.calendar.id));
  return { attendees: own, attendeesOmitted: true };
}

function actor({ email, displayName }: Actor, calendar: CalendarRow): JsonObject {
  return { email, ...present({ displayName }), ...(email === calendar.id ? { self: true } : {}) };
}

function htmlLink(eventId: string, calendarId: string): string {
  const eid = Buffer.from(`${eventId} ${calendarId}`).toString('base64url');
  return `https://www.google.com/calendar/event?eid=${eid}`;
}

function present(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
