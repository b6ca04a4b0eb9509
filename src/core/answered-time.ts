import type { EventTime } from './event-spec.ts';
import type { GoogleEventTime } from './google-event.ts';
import { normalObservedTime } from './normal-time.ts';
import { sameTimeZone } from './time-zone.ts';
import { resolveWallClock } from './wall-clock.ts';

/** Zone rules of two releases differ by up to an hour (Vancouver 2026); a day is a mistake and no rule. */
const mostRuleDifferenceMs = 3_600_000;
const ruleStepMs = 15 * 60_000;

/**
 * The instant that Google answered to a write of `desired`, if it may be taken for Google's own reading of that local time; null when the
 * answer is another time (S03C). Where the calendar's zone is the event's, Google's wall clock is its word and has to be the one written.
 */
export function answeredInstant(
  desired: EventTime,
  answer: GoogleEventTime | undefined,
  calendarZone: string,
): string | null {
  const shown = normalObservedTime(answer, calendarZone);
  if (shown === null || typeof answer?.dateTime !== 'string') return null;
  if (desired.kind === 'date' || shown.kind === 'date') return null;
  const wish = resolveWallClock(desired.local, desired.zone, desired.offset);
  const differenceMs = Math.abs(shown.epochMs - wish.epochMs);
  if (differenceMs === 0) return answer.dateTime;
  if (desired.offset !== null || differenceMs > mostRuleDifferenceMs || differenceMs % ruleStepMs !== 0) return null;
  const readsOtherwise = !sameTimeZone(desired.zone, calendarZone) || wish.kind === 'gap';
  return readsOtherwise || shown.wall === desired.local ? answer.dateTime : null;
}
