import { createHmac } from 'node:crypto';
import type { GoogleEvent } from './google-event.ts';
import { normalObservedText, normalStatedText } from './normal-form.ts';
import { type NormalTime, normalDesiredTime, normalObservedTime } from './normal-time.ts';
import type { StatedEvent } from './stated-event.ts';

/*
 * What is kept of a foreign event: a keyed fingerprint of start, end, recurrence and summary, from which nothing can be read, and by
 * which a lookalike of a row is found. The secret never rotates: the fingerprints could not be made anew without the events.
 */

/** Fingerprint of what Google shows: 32 hexadecimal digits, or null for an event without times. */
export function fingerprintOfObserved(secret: string, event: GoogleEvent, calendarZone: string): string | null {
  const start = normalObservedTime(event.start, calendarZone);
  const end = normalObservedTime(event.end, calendarZone);
  if (start === null || end === null) return null;
  return fingerprint(secret, start, end, normalObservedText('recurrence', event), normalObservedText('summary', event));
}

/** Fingerprint that a foreign event would have that looks like the row. */
export function fingerprintOfStated(secret: string, stated: StatedEvent): string {
  const recurrence = normalStatedText('recurrence', stated) ?? '';
  const summary = normalStatedText('summary', stated) ?? '';
  return fingerprint(secret, normalDesiredTime(stated.start), normalDesiredTime(stated.end), recurrence, summary);
}

function fingerprint(secret: string, start: NormalTime, end: NormalTime, recurrence: string, summary: string): string {
  const times = [start, end].map((time) => (time.kind === 'date' ? time.date : time.epochMs));
  return createHmac('sha256', secret)
    .update(JSON.stringify([times, recurrence, summary]))
    .digest('hex')
    .slice(0, 32);
}
