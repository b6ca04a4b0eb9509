/** Times of iCalendar as times of the contract: a date, or a local time with its IANA zone. */
import {
  formatWallMs,
  parseLocalDate,
  parseLocalDateTime,
  resolveWallClock,
  wallClockAt,
  wallMsOf,
} from '../core/wall-clock.ts';
import type { IcsProperty } from './ics-property.ts';
import type { IcsZones } from './ics-zones.ts';

export interface IcsTime {
  readonly written: { readonly date: string } | { readonly dateTime: string; readonly timeZone: string };
}

export type IcsResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string };

const dayMs = 86_400_000;
const noZone = 'is a local time without a zone: give it a TZID, or the calendar an X-WR-TIMEZONE';

/** DTSTART or DTEND. */
export function icsTime({ type, values, params }: IcsProperty, zones: IcsZones): IcsResult<IcsTime> {
  const text = String(values[0] ?? '');
  if (type === 'date') return parseLocalDate(text) === null ? no('is no date') : yes({ written: { date: text } });
  const local = parseLocalDateTime(text.replace(/Z$/, ''));
  if (local === null) return no('is no time');
  const zone = zoneOf(text.endsWith('Z'), params.tzid, zones);
  return zone.ok ? yes({ written: { dateTime: local, timeZone: zone.value } }) : zone;
}

/** The end of an event without DTEND (RFC 5545 §3.6.1): after DURATION, else after one day for an all-day event. */
export function icsEnd({ written }: IcsTime, duration: IcsProperty | null): IcsResult<IcsTime> {
  if (duration === null)
    return 'date' in written
      ? yes({ written: { date: formatWallMs(wallMsOf(`${written.date}T00:00:00`) + dayMs).slice(0, 10) } })
      : no('is missing, and so is DURATION: an event here has a length');
  const length = lengthOf(String(duration.values[0] ?? ''));
  if (length === null) return no('is no length such as PT1H30M');
  if ('date' in written) {
    if (length.timeMs !== 0) return no('of an all-day event must be whole days');
    return yes({
      written: { date: formatWallMs(wallMsOf(`${written.date}T00:00:00`) + length.days * dayMs).slice(0, 10) },
    });
  }
  const { dateTime, timeZone } = written;
  const dayOfEnd = formatWallMs(wallMsOf(dateTime) + length.days * dayMs); // RFC 5545 §3.3.6: days are nominal, hours exact
  const { epochMs } = resolveWallClock(dayOfEnd, timeZone);
  return yes({ written: { dateTime: wallClockAt(epochMs + length.timeMs, timeZone), timeZone } });
}

/** RDATE or EXDATE with the IANA name of its zone, for the door of recurrences to judge. */
export function recurrenceLine(property: IcsProperty, start: IcsTime | null, zones: IcsZones): IcsResult<string> {
  const { name, type, values, params } = property;
  const compact = values.map((value) => String(value).replaceAll(/[-:]/g, ''));
  if (type === 'date') return yes(`${name};VALUE=DATE:${compact.join(',')}`);
  if (type !== 'date-time') return no('holds periods of time, which have no meaning for Google Calendar');
  if (compact.every((value) => value.endsWith('Z'))) return yes(`${name}:${compact.join(',')}`);
  const zone = zoneOf(false, params.tzid, zones);
  const ofStart = start !== null && 'timeZone' in start.written ? start.written.timeZone : null;
  if (zone.ok) return yes(`${name};TZID=${zone.value}:${compact.join(',')}`);
  return params.tzid === undefined && ofStart !== null ? yes(`${name};TZID=${ofStart}:${compact.join(',')}`) : zone;
}

function zoneOf(isUtc: boolean, tzid: unknown, zones: IcsZones): IcsResult<string> {
  if (isUtc) return yes('UTC');
  if (typeof tzid !== 'string') return zones.floating === null ? no(noZone) : yes(zones.floating);
  const zone = zones.zoneOf(tzid);
  return zone === null
    ? no('names a TZID that means no IANA time zone: write one such as Europe/Copenhagen')
    : yes(zone);
}

interface Length {
  readonly days: number;
  readonly timeMs: number;
}

function lengthOf(text: string): Length | null {
  const match = /^\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$/.exec(text);
  if (match === null || text.endsWith('T') || text.endsWith('P')) return null;
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return { days: weeks * 7 + days, timeMs: ((hours * 60 + minutes) * 60 + seconds) * 1_000 };
}

function yes<Value>(value: Value): IcsResult<Value> {
  return { ok: true, value };
}

function no(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
