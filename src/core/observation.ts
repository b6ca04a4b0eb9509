import { fingerprintOfObserved } from './fingerprint.ts';
import type { GoogleEvent } from './google-event.ts';
import { type Mark, markOf } from './identity.ts';
import { hashOfObserved } from './normal-form.ts';

/** What the mirror keeps of one event that Google showed. */
export interface Observation {
  readonly eventId: string;
  /** Empty for a stub that came without. */
  readonly etag: string;
  readonly status: 'confirmed' | 'tentative' | 'cancelled';
  /** The series, for an occurrence. */
  readonly recurringEventId: string | null;
  readonly originalStart: string | null;
  /** The event whose later dates a person took over with this one. */
  readonly restOf: string | null;
  readonly ours: boolean;
  readonly mark: Mark | null;
  readonly hash: string | null;
  /** Only for live events of ours. */
  readonly body: GoogleEvent | null;
  /** Only for live events that are not ours. */
  readonly fingerprint: string | null;
  readonly created: string | null;
}

export interface ObservationContext {
  readonly installation: string;
  readonly fingerprintSecret: string;
  readonly calendarZone: string;
  /** Ids of events that stand for a key, whether they carry a mark or not. */
  readonly isBound: (eventId: string) => boolean;
}

/** Reduces an event to what may be kept of it: of a foreign one nothing readable. */
export function observationOf(event: GoogleEvent, context: ObservationContext): Observation {
  const mark = markOf(event);
  const series = seriesOf(event, context);
  const brokenOff = series === null ? restIn(event.id) : null;
  const ours =
    mark?.installation === context.installation ||
    context.isBound(event.id) ||
    (series !== null && context.isBound(series)) ||
    (brokenOff !== null && context.isBound(brokenOff));
  const live = event.status !== 'cancelled';
  const isMaster = series === null;
  return {
    eventId: event.id,
    etag: event.etag ?? '',
    status: event.status ?? 'confirmed',
    recurringEventId: series,
    originalStart: event.originalStartTime?.dateTime ?? event.originalStartTime?.date ?? null,
    restOf: brokenOff,
    ours,
    mark,
    hash: ours && live ? hashOfObserved(event, context.calendarZone) : null,
    body: ours && live ? keptBody(event) : null,
    fingerprint:
      ours || !live || !isMaster ? null : fingerprintOfObserved(context.fingerprintSecret, event, context.calendarZone),
    created: event.created ?? null,
  };
}

const occurrenceId = /^(.+)_\d{8}(?:T\d{6}Z)?$/;
const restId = /^(.+)_R\d{8}(?:T\d{6})?$/;

/** The event whose later dates this one stands for, where a person chose "this and following" (API facts §5); null for any other. */
function restIn(eventId: string): string | null {
  return restId.exec(eventId)?.[1] ?? null;
}

/** The series of an occurrence: named by Google, or read from its id where a stub came without (P33, API facts §5). */
function seriesOf(event: GoogleEvent, context: ObservationContext): string | null {
  if (event.recurringEventId !== undefined) return event.recurringEventId;
  const master = occurrenceId.exec(event.id)?.[1];
  return master !== undefined && context.isBound(master) && !context.isBound(event.id) ? master : null;
}

/** The fields that calsync reads; a conference block and the rest are nobody's business. */
function keptBody(event: GoogleEvent): GoogleEvent {
  const { id, status, etag, created, updated, eventType, summary, description, location, start, end, recurrence } =
    event;
  const { recurringEventId, originalStartTime, attendees, attendeesOmitted, reminders, extendedProperties } = event;
  const kept = {
    id,
    status,
    etag,
    created,
    updated,
    eventType,
    summary,
    description,
    location,
    start,
    end,
    recurrence,
    recurringEventId,
    originalStartTime,
    attendees,
    attendeesOmitted,
    reminders,
    extendedProperties: extendedProperties?.private === undefined ? undefined : { private: extendedProperties.private },
  };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)) as unknown as GoogleEvent;
}
