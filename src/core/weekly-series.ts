/** Turns a row of a timetable (days, times, dates) into a weekly series. */
import { CalsyncError } from './error.ts';
import type { EventTime } from './event-time.ts';
import { isTimeZone } from './time-zone.ts';
import { formatWallMs, parseLocalDate, parseLocalDateTime, resolveWallClock, wallMsOf } from './wall-clock.ts';

export interface WeeklySeriesInput {
  /** 'MWF' (R is Thursday, U Sunday), 'MO,WE' or 'Mon Wed'. */
  readonly days: string;
  /** 'HH:MM' or 'HH:MM:SS', wall clock. An end at or before the start is refused. */
  readonly startTime: string;
  readonly endTime: string;
  /** 'YYYY-MM-DD', both inclusive. */
  readonly startDate: string;
  readonly endDate: string;
  readonly zone: string;
}

export interface WeeklySeries {
  readonly start: EventTime;
  readonly end: EventTime;
  readonly recurrence: readonly string[];
}

const dayMs = 86_400_000;
const codes = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const letters = 'UMTWRFS';
const fromMonday = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const names = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/**
 * The series of all named weekdays in the range: it starts on the first of them on or after `startDate`, and UNTIL is the last
 * second of `endDate` in the zone, in UTC. Throws `usage` for what cannot be read and for a range with no such day.
 */
export function weeklySeries(input: WeeklySeriesInput): WeeklySeries {
  const days = parseWeekdays(input.days);
  if (days === null) throw usage('days must be letters of MTWRFSU, or MO,WE, or Mon Wed');
  if (!isTimeZone(input.zone)) throw usage('the time zone is no IANA name');
  const lastDate = dateOf(input.endDate, 'the end date');
  const date = firstMatchingDate(dateOf(input.startDate, 'the start date'), lastDate, days);
  const local = localOf(date, input.startTime, 'the start time');
  const endLocal = localOf(date, input.endTime, 'the end time');
  if (endLocal <= local) throw usage('the end time must be after the start time');
  return {
    start: { kind: 'time', local, zone: input.zone, offset: null },
    end: { kind: 'time', local: endLocal, zone: input.zone, offset: null },
    recurrence: [`RRULE:FREQ=WEEKLY;UNTIL=${endOfDayInUtc(lastDate, input.zone)};BYDAY=${days.join(',')}`],
  };
}

/** Codes of the weekdays ('MO'), Monday first, or null if `text` is none of the three spellings. */
export function parseWeekdays(text: string): readonly string[] | null {
  const words = text
    .trim()
    .split(/[\s,;/]+/)
    .filter((word) => word !== '');
  const [only] = words;
  const isRunOfLetters = words.length === 1 && only !== undefined && /^[MTWRFSU]+$/.test(only) && !codes.includes(only);
  const days = isRunOfLetters ? [...only].map((letter) => codes[letters.indexOf(letter)]) : words.map(weekdayOf);
  if (days.length === 0 || days.includes(undefined)) return null;
  return fromMonday.filter((code) => days.includes(code));
}

/** A code, or a name of at least three letters; a single letter is a run of one. */
function weekdayOf(word: string): string | undefined {
  const lower = word.toLowerCase();
  if (codes.includes(lower.toUpperCase())) return lower.toUpperCase();
  if (lower.length === 1) return codes[letters.indexOf(lower.toUpperCase())];
  return lower.length < 3 ? undefined : codes[names.findIndex((name) => name.startsWith(lower))];
}

function firstMatchingDate(startDate: string, endDate: string, days: readonly string[]): string {
  const firstMs = wallMsOf(`${startDate}T00:00:00`);
  for (let ahead = 0; ahead < 7; ahead += 1) {
    const dateMs = firstMs + ahead * dayMs;
    const date = formatWallMs(dateMs).slice(0, 10);
    if (days.includes(codes[new Date(dateMs).getUTCDay()] ?? '') && date <= endDate) return date;
  }
  throw usage('there is none of the days between the start date and the end date');
}

function endOfDayInUtc(date: string, zone: string): string {
  const { epochMs } = resolveWallClock(`${date}T23:59:59`, zone);
  return `${formatWallMs(epochMs).replaceAll(/[-:]/g, '')}Z`;
}

function dateOf(text: string, what: string): string {
  const date = parseLocalDate(text.trim());
  if (date === null) throw usage(`${what} must be a real date such as 2026-11-30`);
  return date;
}

function localOf(date: string, time: string, what: string): string {
  const local = parseLocalDateTime(`${date}T${time.trim()}`);
  if (local === null) throw usage(`${what} must be a time such as 09:30`);
  return local;
}

function usage(message: string): CalsyncError {
  return new CalsyncError('usage', message);
}
