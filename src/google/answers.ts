import type { GoogleCalendar, GoogleEvent } from '../core/google-event.ts';
import type { EventPage } from '../core/ports.ts';
import { malformedAnswer } from './failure.ts';

/*
 * The shapes that calsync relies on, checked where answers come in. An event is checked for its id alone, because a
 * tombstone is guaranteed no more (reference of the event resource), and the answer to a write for its etag too.
 */

type Fields = Readonly<Record<string, unknown>>;

/** One page of a listing. */
export function readEventPage(data: unknown): EventPage {
  const page = fields(data, 'a page of events');
  const items = page.items ?? [];
  if (!Array.isArray(items)) throw malformedAnswer('a page of events');
  return {
    items: items.map(readEvent),
    ...text(page, 'nextPageToken'),
    ...text(page, 'nextSyncToken'),
    ...text(page, 'timeZone'),
  };
}

export function readEvent(data: unknown): GoogleEvent {
  const event = fields(data, 'an event');
  if (typeof event.id !== 'string' || event.id === '') throw malformedAnswer('an event with an id');
  // Every field but the id may be absent, and none is relied on before core's normal form has looked at it.
  return event as unknown as GoogleEvent;
}

/** The answer to a write of `eventId`. */
export function readWrittenEvent(data: unknown, eventId: string): GoogleEvent {
  const event = readEvent(data);
  if (event.id !== eventId) throw malformedAnswer('the event that was written');
  if (typeof event.etag !== 'string' || event.etag === '') throw malformedAnswer('an event with an etag');
  return event;
}

/** A move's answer says `cancelled` and is not believed; that it is an event at all says that Google answered. */
export function readMoved(data: unknown): void {
  readEvent(data);
}

/** A delete is answered with nothing; anything else comes from somebody on the way. */
export function readDeleted(data: unknown): void {
  if (data !== '') throw malformedAnswer('empty');
}

/** A calendar, or an entry of the calendar list: what both have. */
export function readCalendar(data: unknown): Pick<GoogleCalendar, 'id' | 'summary' | 'timeZone'> & { fields: Fields } {
  const calendar = fields(data, 'a calendar');
  const { id, summary, timeZone } = calendar;
  if (typeof id !== 'string' || id === '' || typeof timeZone !== 'string') throw malformedAnswer('a calendar');
  return { id, summary: typeof summary === 'string' ? summary : '', timeZone, fields: calendar };
}

export function readAccessRole(data: unknown): string {
  const role = fields(data, 'an answer with an access role').accessRole;
  if (typeof role !== 'string') throw malformedAnswer('an answer with an access role');
  return role;
}

function fields(data: unknown, what: string): Fields {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw malformedAnswer(what);
  return data as Fields;
}

function text<Name extends string>(from: Fields, name: Name): { readonly [K in Name]?: string } {
  const value = from[name];
  // The computed key is exactly Name; TypeScript widens it to string.
  return (typeof value === 'string' && value !== '' ? { [name]: value } : {}) as { readonly [K in Name]?: string };
}
