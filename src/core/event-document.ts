/** An event spec as the contract writes it: the inverse of the door. What is not stated is left out. */
import type { AttendeeSpec, EventSpec, EventTime } from './event-spec.ts';

export interface TimeDocument {
  readonly date?: string;
  /** Local time, with the caller's own offset where it picked a side of an ambiguous hour. */
  readonly dateTime?: string;
  readonly timeZone?: string;
}

export interface AttendeeDocument {
  readonly email: string;
  readonly person?: string;
  readonly displayName?: string;
  readonly optional: boolean;
}

export interface EventDocument {
  readonly key: string;
  readonly calendar: string;
  readonly schedule?: string;
  readonly summary?: string;
  readonly description?: string;
  readonly location?: string;
  readonly start: TimeDocument;
  readonly end: TimeDocument;
  readonly attendees?: readonly AttendeeDocument[];
  readonly recurrence?: readonly string[];
  readonly reminders?: NonNullable<EventSpec['reminders']>;
  readonly labels: Readonly<Record<string, string>>;
  readonly sendUpdates?: NonNullable<EventSpec['sendUpdates']>;
  readonly allowTwin: boolean;
}

/** What `parseEventSpec` reads back as the same spec. */
export function eventDocument(spec: EventSpec): EventDocument {
  return {
    key: spec.key,
    calendar: spec.calendar,
    ...(spec.schedule !== null && { schedule: spec.schedule }),
    ...(spec.summary !== null && { summary: spec.summary }),
    ...(spec.description !== null && { description: spec.description }),
    ...(spec.location !== null && { location: spec.location }),
    start: timeDocument(spec.start),
    end: timeDocument(spec.end),
    ...(spec.attendees !== null && { attendees: spec.attendees.map(attendeeDocument) }),
    ...(spec.recurrence !== null && { recurrence: spec.recurrence }),
    ...(spec.reminders !== null && { reminders: spec.reminders }),
    labels: spec.labels,
    ...(spec.sendUpdates !== null && { sendUpdates: spec.sendUpdates }),
    allowTwin: spec.allowTwin,
  };
}

function timeDocument(time: EventTime): TimeDocument {
  return time.kind === 'date'
    ? { date: time.date }
    : { dateTime: `${time.local}${time.offset ?? ''}`, timeZone: time.zone };
}

function attendeeDocument({ email, person, displayName, optional }: AttendeeSpec): AttendeeDocument {
  return { email, ...(person !== undefined && { person }), ...(displayName !== null && { displayName }), optional };
}
