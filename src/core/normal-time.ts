import type { EventTime } from './event-spec.ts';
import type { GoogleEventTime } from './google-event.ts';
import { canonicalTimeZone, isTimeZone, sameTimeZone } from './time-zone.ts';
import { formatOffset, resolveWallClock, wallClockAt, wallMsOf } from './wall-clock.ts';

/**
 * A time of an event in the form in which both sides are compared: what the clock on the wall says, in which zone, and the
 * instant. `wall` and `zone` are hashed, the instant never, since two releases of the zone rules disagree about it. `zone` is the
 * one name of all its aliases; `zoneName` is the name that was given, for people.
 */
export type NormalTime =
  | { readonly kind: 'date'; readonly date: string }
  | {
      readonly kind: 'time';
      readonly wall: string;
      readonly zone: string;
      readonly zoneName: string;
      readonly epochMs: number;
    };

/** What decides beside the two times themselves. */
export interface TimeComparison {
  readonly isSeries: boolean;
  /** The desired time that was last written, if any. */
  readonly applied: EventTime | null;
  /** What Google answered to that write. */
  readonly answered: string | null;
}

export type TimeVerdict = 'equal' | 'zone_rules_differ' | 'different';

/** The desired side. Gaps and ambiguous hours follow the rules of wall-clock.ts. */
export function normalDesiredTime(time: EventTime): NormalTime {
  if (time.kind === 'date') return { kind: 'date', date: time.date };
  const { epochMs } = resolveWallClock(time.local, time.zone, time.offset);
  return { kind: 'time', wall: time.local, zone: canonicalTimeZone(time.zone), zoneName: time.zone, epochMs };
}

/**
 * The observed side, or null when Google gave no time that can be read. Google renders the instant in `calendarZone` and names
 * the event's own zone beside it (API facts §5): where both are the same zone, its wall clock is Google's word and not ours.
 */
export function normalObservedTime(time: GoogleEventTime | undefined, calendarZone: string): NormalTime | null {
  if (typeof time?.date === 'string') return { kind: 'date', date: time.date };
  if (typeof time?.dateTime !== 'string') return null;
  const epochMs = Date.parse(time.dateTime);
  if (Number.isNaN(epochMs)) return null;
  const named = time.timeZone ?? calendarZone;
  const zone = isTimeZone(named) ? named : 'UTC';
  const wall = sameTimeZone(zone, calendarZone) ? time.dateTime.slice(0, 19) : wallClockAt(epochMs, zone);
  return { kind: 'time', wall, zone: canonicalTimeZone(zone), zoneName: zone, epochMs };
}

/**
 * Whether what Google shows is what the row says.
 *
 * Equal: the instants are (in a series the zones too). Else the same wall clock in the same zone, or the instant that Google itself
 * answered to the write of this very time: then our zone rules and Google's differ, which is no drift (P31).
 */
export function compareTimes(desired: EventTime, observed: NormalTime | null, comparison: TimeComparison): TimeVerdict {
  if (observed === null) return 'different';
  if (desired.kind === 'date') {
    return observed.kind === 'date' && observed.date === desired.date ? 'equal' : 'different';
  }
  if (observed.kind === 'date') return 'different';
  const wish = resolveWallClock(desired.local, desired.zone, desired.offset);
  const sameZone = sameTimeZone(desired.zone, observed.zone);
  if (wish.epochMs === observed.epochMs && (sameZone || !comparison.isSeries)) return 'equal';
  // In an hour that comes twice the same wall clock may be the other side of it.
  if (sameZone && desired.local === observed.wall && wish.kind !== 'ambiguous') return 'zone_rules_differ';
  const answeredSo = comparison.answered !== null && Date.parse(comparison.answered) === observed.epochMs;
  const asApplied = comparison.applied !== null && sameDesiredTime(desired, comparison.applied);
  return asApplied && answeredSo && (sameZone || !comparison.isSeries) ? 'zone_rules_differ' : 'different';
}

/** Whether two desired times say the same: zone aliases are one zone. */
export function sameDesiredTime(a: EventTime, b: EventTime): boolean {
  if (a.kind === 'date' || b.kind === 'date') return a.kind === 'date' && b.kind === 'date' && a.date === b.date;
  return a.local === b.local && a.offset === b.offset && sameTimeZone(a.zone, b.zone);
}

/** The wish that an observed time would be, for a row that adopts it. */
export function asDesiredTime(observed: NormalTime): EventTime {
  if (observed.kind === 'date') return { kind: 'date', date: observed.date };
  const clock = resolveWallClock(observed.wall, observed.zone);
  const second = clock.kind === 'ambiguous' && clock.secondEpochMs === observed.epochMs;
  const offset = second ? formatOffset(clock.secondOffsetMinutes) : null;
  return { kind: 'time', local: observed.wall, zone: observed.zoneName, offset };
}

/** The time with the offset that its zone would have if its clocks showed it at `epochMs`: what one side's zone rules say. */
export function withImpliedOffset(time: Extract<EventTime, { kind: 'time' }>, epochMs: number): EventTime {
  return { ...time, offset: formatOffset((wallMsOf(time.local) - epochMs) / 60_000) };
}

/** For people: `2026-11-30 10:00 Europe/Copenhagen`, or the date. */
export function readableTime(time: EventTime | NormalTime): string {
  if (time.kind === 'date') return time.date;
  const local = 'local' in time ? time.local : time.wall;
  const shown = local.endsWith(':00') ? local.slice(0, 16) : local;
  const offset = 'offset' in time && time.offset !== null ? ` (${time.offset})` : '';
  const zone = 'zoneName' in time ? time.zoneName : time.zone;
  return `${shown.replace('T', ' ')} ${zone}${offset}`;
}
