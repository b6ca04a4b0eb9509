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
  const start = instantOf(stated.start);
  const end = instantOf(stated.end);
  if (end >= limitMs) return false;
  if (stated.recurrence === null || stated.recurrence.length === 0) return true;
  const last = lastOccurrence(stated.start, stated.recurrence);
  return last !== null && instantOf(last) + (end - start) < limitMs;
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
