/** A row of `desired_event` as JSON, and the event that it states. JSON, because it reads the same through any client's type parsers. */
import type { AttendeeSpec, EventSpec, EventTime } from '../core/event-spec.ts';
import type { RowPolicies } from '../core/policy.ts';

/** The columns that a writer states, in the names of the table. */
export interface EventColumns {
  readonly key: string;
  readonly calendar: string;
  readonly schedule: string | null;
  readonly summary: string | null;
  readonly description: string | null;
  readonly location: string | null;
  readonly start_date: string | null;
  /** YYYY-MM-DDTHH:MM:SS */
  readonly start_local: string | null;
  readonly start_zone: string | null;
  readonly start_offset: string | null;
  readonly end_date: string | null;
  readonly end_local: string | null;
  readonly end_zone: string | null;
  readonly end_offset: string | null;
  readonly recurrence: readonly string[] | null;
  readonly reminders: EventSpec['reminders'];
  readonly labels: Readonly<Record<string, string>>;
  readonly send_updates: EventSpec['sendUpdates'];
  readonly allow_twin: boolean;
}

/** What `to_jsonb` of a row gives. */
export interface EventRow extends EventColumns {
  readonly drift: RowPolicies['drift'];
  readonly on_delete: RowPolicies['onDelete'];
  readonly on_move: RowPolicies['onMove'];
  /** An ISO time with its offset. */
  readonly cancelled_at: string | null;
  readonly generation: number;
  readonly revision: number;
}

export interface AttendeeRow {
  readonly key: string;
  readonly address: string;
  readonly normal_address: string;
  readonly display_name: string | null;
  readonly optional: boolean;
  /** Absent in history that is older than people. */
  readonly person?: string | null;
}

/** The columns in which an event is written. Its attendees are rows of their own. */
export function columnsOf(spec: Omit<EventSpec, 'attendees'>): EventColumns {
  return {
    key: spec.key,
    calendar: spec.calendar,
    schedule: spec.schedule,
    summary: spec.summary,
    description: spec.description,
    location: spec.location,
    ...startColumns(spec.start),
    ...endColumns(spec.end),
    recurrence: spec.recurrence,
    reminders: spec.reminders,
    labels: spec.labels,
    send_updates: spec.sendUpdates,
    allow_twin: spec.allowTwin,
  };
}

/** The event that a row and its attendees state; `attendees` is the whole list, never null. */
export function specOf(row: EventRow, attendees: readonly AttendeeRow[]): EventSpec {
  return {
    key: row.key,
    calendar: row.calendar,
    schedule: row.schedule,
    summary: row.summary,
    description: row.description,
    location: row.location,
    start: timeOf(row.start_date, row.start_local, row.start_zone, row.start_offset),
    end: timeOf(row.end_date, row.end_local, row.end_zone, row.end_offset),
    recurrence: row.recurrence,
    reminders: row.reminders,
    attendees: attendees.map(attendeeOf),
    labels: row.labels,
    sendUpdates: row.send_updates,
    allowTwin: row.allow_twin,
  };
}

function attendeeOf(row: AttendeeRow): AttendeeSpec {
  const guest = { email: row.address, displayName: row.display_name, optional: row.optional };
  return row.person == null ? guest : { ...guest, person: row.person };
}

function startColumns(
  time: EventTime,
): Pick<EventColumns, 'start_date' | 'start_local' | 'start_zone' | 'start_offset'> {
  return time.kind === 'date'
    ? { start_date: time.date, start_local: null, start_zone: null, start_offset: null }
    : { start_date: null, start_local: time.local, start_zone: time.zone, start_offset: time.offset };
}

function endColumns(time: EventTime): Pick<EventColumns, 'end_date' | 'end_local' | 'end_zone' | 'end_offset'> {
  return time.kind === 'date'
    ? { end_date: time.date, end_local: null, end_zone: null, end_offset: null }
    : { end_date: null, end_local: time.local, end_zone: time.zone, end_offset: time.offset };
}

function timeOf(date: string | null, local: string | null, zone: string | null, offset: string | null): EventTime {
  return date === null ? { kind: 'time', local: local ?? '', zone: zone ?? '', offset } : { kind: 'date', date };
}
