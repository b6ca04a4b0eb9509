import type { EventTime } from '../core/event-time.ts';
import { isTimeZone } from '../core/time-zone.ts';
import { wallClockAt, wallMsOf } from '../core/wall-clock.ts';

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Mon 30 Nov 2026, 10:00 Europe/Copenhagen`. A zone that we do not know is not guessed: the time is then in UTC, and says so. */
export function instantText(at: Date, zone: string): string {
  const known = isTimeZone(zone) ? zone : 'UTC';
  return localText(wallClockAt(at.getTime(), known), known);
}

/** When an event starts, in its own words. */
export function startText(start: EventTime): string {
  if (start.kind === 'date') return `${dayText(`${start.date}T00:00:00`)}, all day`;
  const offset = start.offset === null ? '' : ` (${start.offset})`;
  return `${localText(start.local, start.zone)}${offset}`;
}

function localText(local: string, zone: string): string {
  return `${dayText(local)}, ${local.slice(11, 16)} ${zone}`;
}

function dayText(local: string): string {
  const day = new Date(wallMsOf(local));
  return `${weekdays[day.getUTCDay()]} ${day.getUTCDate()} ${months[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
}
