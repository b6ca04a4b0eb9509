/**
 * Wall-clock times: their form, and the instants at which a zone's clocks show them.
 *
 * Gaps and repeated hours follow RFC 5545 §3.3.5, as Google does: a time that is skipped is read with the offset
 * before the gap, a time that comes twice means the first one unless the caller named the other's offset.
 */
import { offsetMsAt, transitionBetween } from './zone-offsets.ts';

export type WallClock =
  | { readonly kind: 'unique'; readonly epochMs: number; readonly offsetMinutes: number }
  | {
      /** No clock shows this time. `epochMs` is the time shifted forward by the gap, `nextValid` the first one after it. */
      readonly kind: 'gap';
      readonly epochMs: number;
      readonly nextValid: string;
    }
  | {
      /** Clocks show this time twice. `epochMs` is the side that was chosen. */
      readonly kind: 'ambiguous';
      readonly epochMs: number;
      readonly firstEpochMs: number;
      readonly secondEpochMs: number;
      readonly firstOffsetMinutes: number;
      readonly secondOffsetMinutes: number;
    };

const minuteMs = 60_000;
/** Wider than any offset plus any shift of a zone's clocks (Samoa skipped a whole day), narrower than any two shifts lie apart. */
const probeMs = 36 * 60 * minuteMs;

const localForm = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?$/;
const dateForm = /^(\d{4})-(\d\d)-(\d\d)$/;
const offsetForm = /^([+-])(\d\d):(\d\d)$/;
const firstYear = 1970;
const lastYear = 2200;

/** 'YYYY-MM-DDTHH:MM:SS' of a time of a real calendar day from 1970 to 2200 (seconds may be left out), else null. */
export function parseLocalDateTime(text: string): string | null {
  const match = localForm.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second = '00'] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  return isRealDate(Number(year), Number(month), Number(day))
    ? `${year}-${month}-${day}T${hour}:${minute}:${second}`
    : null;
}

/** The same 'YYYY-MM-DD' if it is a real calendar day from 1970 to 2200, else null. */
export function parseLocalDate(text: string): string | null {
  const match = dateForm.exec(text);
  return match !== null && isRealDate(Number(match[1]), Number(match[2]), Number(match[3])) ? text : null;
}

/** Minutes east of Greenwich of '+HH:MM' or '-HH:MM' (at most 14 hours), else null. */
export function parseOffset(text: string): number | null {
  const match = offsetForm.exec(text);
  if (match === null || Number(match[3]) > 59) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  if (minutes > 14 * 60) return null;
  return match[1] === '-' && minutes > 0 ? -minutes : minutes;
}

/** '+02:00' for 120. Offsets of a fraction of a minute (Liberia before 1972) lose it. */
export function formatOffset(offsetMinutes: number): string {
  const minutes = Math.abs(Math.trunc(offsetMinutes));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
}

/**
 * When clocks in `zone` show `local` (YYYY-MM-DDTHH:MM:SS). `offset` ('+02:00') picks the side of an ambiguous time and
 * is ignored where it fits none: whether it is right is the door's question. Throws `invariant` for a zone or time
 * that no door would have let in.
 */
export function resolveWallClock(local: string, zone: string, offset: string | null = null): WallClock {
  const wallMs = wallMsOf(local);
  const beforeMs = offsetMsAt(wallMs - probeMs, zone);
  const afterMs = offsetMsAt(wallMs + probeMs, zone);
  if (beforeMs === afterMs) return uniqueAt(wallMs, beforeMs);
  const firstIsShown = offsetMsAt(wallMs - beforeMs, zone) === beforeMs;
  const secondIsShown = offsetMsAt(wallMs - afterMs, zone) === afterMs;
  if (firstIsShown && secondIsShown) return ambiguousAt(wallMs, beforeMs, afterMs, offset);
  if (firstIsShown) return uniqueAt(wallMs, beforeMs);
  if (secondIsShown) return uniqueAt(wallMs, afterMs);
  const gapAtMs = transitionBetween(wallMs - probeMs, wallMs + probeMs, zone);
  return { kind: 'gap', epochMs: wallMs - beforeMs, nextValid: formatWallMs(gapAtMs + afterMs) };
}

/** What clocks in `zone` show at an instant: 'YYYY-MM-DDTHH:MM:SS', fractions of a second dropped. */
export function wallClockAt(epochMs: number, zone: string): string {
  return formatWallMs(epochMs + offsetMsAt(epochMs, zone));
}

/** Minutes east of Greenwich at an instant. */
export function offsetMinutesAt(epochMs: number, zone: string): number {
  return offsetMsAt(epochMs, zone) / minuteMs;
}

/** Milliseconds that a wall-clock time would be after 1970 if it were UTC: for arithmetic on local times. */
export function wallMsOf(local: string): number {
  return Date.parse(`${local}Z`);
}

/** The wall-clock time for `wallMsOf`'s milliseconds. */
export function formatWallMs(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 19);
}

function uniqueAt(wallMs: number, offsetMs: number): WallClock {
  return { kind: 'unique', epochMs: wallMs - offsetMs, offsetMinutes: offsetMs / minuteMs };
}

function ambiguousAt(wallMs: number, firstMs: number, secondMs: number, offset: string | null): WallClock {
  const picksSecond = offset !== null && parseOffset(offset) === secondMs / minuteMs;
  return {
    kind: 'ambiguous',
    epochMs: wallMs - (picksSecond ? secondMs : firstMs),
    firstEpochMs: wallMs - firstMs,
    secondEpochMs: wallMs - secondMs,
    firstOffsetMinutes: firstMs / minuteMs,
    secondOffsetMinutes: secondMs / minuteMs,
  };
}

function isRealDate(year: number, month: number, day: number): boolean {
  if (year < firstYear || year > lastYear || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}
