import type { EventTime } from './event-spec.ts';
import type { GoogleEvent } from './google-event.ts';
import { asDesiredTime, normalObservedTime } from './normal-time.ts';
import { lastOccurrence } from './recurrence.ts';
import type { StatedEvent } from './stated-event.ts';
import { resolveWallClock } from './wall-clock.ts';

const dayMs = 86_400_000;

/**
 * Whether the event, in a series its last occurrence, ended before `limitMs` (since 1970). An all-day event ends with its last day
 * everywhere on earth.
 */
export function endedBefore(stated: Pick<StatedEvent, 'start' | 'end' | 'recurrence'>, limitMs: number): boolean {
  if (instantOf(stated.end) >= limitMs) return false;
  const end = endOf(stated);
  return end !== null && end < limitMs;
}

/** When the event, in a series its last occurrence, ends, in milliseconds since 1970; null for a series without end. */
export function endOf({ start, end, recurrence }: Pick<StatedEvent, 'start' | 'end' | 'recurrence'>): number | null {
  const endMs = instantOf(end);
  if (recurrence === null || recurrence.length === 0) return endMs;
  const last = lastOccurrence(start, recurrence);
  return last === null ? null : instantOf(last) + (endMs - instantOf(start));
}

/** The same of an event that no row states; one whose times cannot be read never ended. */
export function observedEndedBefore(observed: GoogleEvent | null, calendarZone: string, limitMs: number): boolean {
  const start = normalObservedTime(observed?.start, calendarZone);
  const end = normalObservedTime(observed?.end, calendarZone);
  if (start === null || end === null) return false;
  const recurrence = observed?.recurrence ?? null;
  return endedBefore({ start: asDesiredTime(start), end: asDesiredTime(end), recurrence }, limitMs);
}

/** Milliseconds since 1970; a date counts as midnight twelve hours west of UTC, where it begins last. */
function instantOf(time: EventTime): number {
  if (time.kind === 'date') return Date.parse(`${time.date}T00:00:00Z`) + dayMs / 2;
  return resolveWallClock(time.local, time.zone, time.offset).epochMs;
}
