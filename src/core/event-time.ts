/** The door for `start` and `end`: all-day dates, and local times with a zone that really show on its clocks that day. */
import { quoted, type SpecProblem } from './spec-problem.ts';
import { isTimeZone, sameTimeZone, suggestTimeZone } from './time-zone.ts';
import {
  formatOffset,
  parseLocalDate,
  parseLocalDateTime,
  parseOffset,
  resolveWallClock,
  type WallClock,
} from './wall-clock.ts';

/** All-day dates and wall-clock times stay apart by type; the zone is kept as the caller spelt it. */
export type EventTime =
  | { readonly kind: 'date'; readonly date: string }
  | {
      readonly kind: 'time';
      /** YYYY-MM-DDTHH:MM:SS */
      readonly local: string;
      readonly zone: string;
      /** '+02:00', only when the caller picked a side of an ambiguous hour. */
      readonly offset: string | null;
    };

export interface EventTimeInput {
  readonly date?: string | null | undefined;
  readonly dateTime?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
}

export type ReadEventTime =
  | { readonly ok: true; readonly time: EventTime }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] };

/** Reads one time. Problems have paths inside it: '', 'date', 'dateTime' or 'timeZone'. */
export function readEventTime(input: EventTimeInput): ReadEventTime {
  const date = input.date ?? null;
  const dateTime = input.dateTime ?? null;
  const timeZone = input.timeZone ?? null;
  if (date !== null && dateTime !== null) return problem('', 'has both date and dateTime: keep one of them');
  if (date !== null) return readDate(date, timeZone);
  if (dateTime !== null) return readTime(dateTime, timeZone);
  return problem('', 'needs dateTime with timeZone, or date for an all-day event');
}

/** What is wrong with a start and an end that are right each by itself. */
export function spanProblems(start: EventTime, end: EventTime, isSeries: boolean): readonly SpecProblem[] {
  if (start.kind === 'date' && end.kind === 'date')
    return end.date > start.date
      ? []
      : [{ path: 'end', message: 'must be after start: the end of an all-day event is the day after its last' }];
  if (start.kind === 'date' || end.kind === 'date')
    return [{ path: 'end', message: 'must be of the same kind as start: both date, or both dateTime' }];
  const problems: SpecProblem[] = [];
  if (instantOf(end) <= instantOf(start)) problems.push({ path: 'end', message: 'must be after start' });
  if (isSeries && !sameTimeZone(start.zone, end.zone))
    problems.push({ path: 'end.timeZone', message: "must be the start's time zone, since the event is a series" });
  return problems;
}

function readDate(text: string, timeZone: string | null): ReadEventTime {
  if (timeZone !== null) return problem('timeZone', 'has no meaning for an all-day date: leave it out');
  const date = parseLocalDate(text);
  return date === null
    ? problem('date', `${quoted(text)} is no date of 1970 to 2200 such as 2026-11-30`)
    : { ok: true, time: { kind: 'date', date } };
}

function readTime(text: string, timeZone: string | null): ReadEventTime {
  const [localText, offsetText] = splitOffset(text);
  const local = parseLocalDateTime(localText);
  const offset = offsetText === null ? null : parseOffset(offsetText);
  const problems: SpecProblem[] = [];
  if (local === null || (offsetText !== null && offset === null))
    problems.push({
      path: 'dateTime',
      message: `${quoted(text)} is no time of 1970 to 2200 such as 2026-11-30T10:00:00, without fractions of a second`,
    });
  if (timeZone === null)
    problems.push({
      path: 'timeZone',
      message: 'is missing: name the IANA zone of dateTime, such as Europe/Copenhagen',
    });
  else if (!isTimeZone(timeZone)) problems.push({ path: 'timeZone', message: zoneMessage(timeZone) });
  if (problems.length > 0 || local === null || timeZone === null) return { ok: false, problems };
  return placeTime(local, timeZone, offset);
}

function placeTime(local: string, zone: string, offset: number | null): ReadEventTime {
  const clock = resolveWallClock(local, zone, offset === null ? null : formatOffset(offset));
  if (clock.kind === 'gap')
    return problem(
      'dateTime',
      `${local.slice(11)} does not exist on ${local.slice(0, 10)} in ${zone}, where clocks are put forward: the next valid time is ${clock.nextValid}`,
    );
  const right = rightOffsets(clock);
  if (offset !== null && !right.includes(offset))
    return problem(
      'dateTime',
      `has the offset ${formatOffset(offset)}, but ${zone} has ${right.map(formatOffset).join(' or ')} at ${local}: correct it or leave it out`,
    );
  const side = clock.kind === 'ambiguous' && offset !== null ? formatOffset(offset) : null;
  return { ok: true, time: { kind: 'time', local, zone, offset: side } };
}

/** In whole minutes, as an offset is written. */
function rightOffsets(clock: Exclude<WallClock, { kind: 'gap' }>): readonly number[] {
  const exact = clock.kind === 'unique' ? [clock.offsetMinutes] : [clock.firstOffsetMinutes, clock.secondOffsetMinutes];
  return exact.map((minutes) => Math.trunc(minutes));
}

function splitOffset(text: string): [local: string, offset: string | null] {
  if (text.endsWith('Z')) return [text.slice(0, -1), '+00:00'];
  const sign = Math.max(text.indexOf('+', 11), text.indexOf('-', 11));
  return sign < 0 ? [text, null] : [text.slice(0, sign), text.slice(sign)];
}

function zoneMessage(timeZone: string): string {
  const suggestion = suggestTimeZone(timeZone);
  if (suggestion !== null) return `${quoted(timeZone)} is no IANA time zone: write ${suggestion}`;
  return `${quoted(timeZone)} is no IANA time zone: name a place, such as Europe/Copenhagen, neither an offset nor an abbreviation`;
}

function instantOf(time: Extract<EventTime, { kind: 'time' }>): number {
  return resolveWallClock(time.local, time.zone, time.offset).epochMs;
}

function problem(path: string, message: string): ReadEventTime {
  return { ok: false, problems: [{ path, message }] };
}
